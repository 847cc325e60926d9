//! Agents, knowledge documents, conversations: limits that hold, files without orphans, nothing of other tenants.

mod agents;
mod documents;
mod pages;
mod quotas;
mod shelf;
mod threads;
