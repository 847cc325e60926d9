//! What Tenantry promises, tried on a real PostgreSQL: one binary, one private cluster, a fresh database a test.

mod world;

mod accepting_invites;
mod account;
mod arrows;
mod audit_chain;
mod audit_log;
mod billing;
mod branding;
mod catalog_mutants;
mod constraints;
mod data_matrix;
mod deleting_tenants;
mod documents;
mod domains;
mod jobs;
mod life_of_a_tenant;
mod list_plans;
mod mail;
mod metering;
mod owners_deleting;
mod pool;
mod preparing;
mod removing_members;
mod resources;
mod roles;
mod sessions;
mod signup;
mod staff;
mod surface;
mod team;
mod usage;
mod web;
