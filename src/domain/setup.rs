//! What a new tenant sets up first. Each step may be done, skipped, or left for later.

use std::str::FromStr;

/// In the order in which they are proposed. The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupStep {
    Agent,
    Team,
    Look,
}

impl SetupStep {
    pub const ALL: [SetupStep; 3] = [SetupStep::Agent, SetupStep::Team, SetupStep::Look];

    pub fn as_str(self) -> &'static str {
        match self {
            SetupStep::Agent => "agent",
            SetupStep::Team => "team",
            SetupStep::Look => "look",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            SetupStep::Agent => "First agent",
            SetupStep::Team => "Your team",
            SetupStep::Look => "Logo and colour",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("There is no such step.")]
pub struct UnknownStep;

impl FromStr for SetupStep {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        SetupStep::ALL.into_iter().find(|step| step.as_str() == text).ok_or(UnknownStep)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    Open,
    Done,
    Skipped,
}

/// How far a tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    states: [StepState; 3],
}

impl Progress {
    /// `done` and `skipped` in the order of [`SetupStep::ALL`]. What was done counts as done, also when it was skipped before.
    pub fn new(done: [bool; 3], skipped: [bool; 3]) -> Self {
        let mut states = [StepState::Open; 3];
        for ((state, done), skipped) in states.iter_mut().zip(done).zip(skipped) {
            *state = match (done, skipped) {
                (true, _) => StepState::Done,
                (false, true) => StepState::Skipped,
                (false, false) => StepState::Open,
            };
        }
        Self { states }
    }

    pub fn steps(&self) -> impl Iterator<Item = (SetupStep, StepState)> {
        SetupStep::ALL.into_iter().zip(self.states)
    }

    pub fn state(&self, step: SetupStep) -> StepState {
        self.steps().find(|(other, _)| *other == step).map_or(StepState::Open, |(_, state)| state)
    }

    pub fn first_open(&self) -> Option<SetupStep> {
        self.steps().find(|(_, state)| *state == StepState::Open).map(|(step, _)| step)
    }

    pub fn open(&self) -> usize {
        self.states.iter().filter(|state| **state == StepState::Open).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_done_nor_skipped_is_open() {
        let progress = Progress::new([true, false, false], [true, true, false]);
        assert_eq!(progress.state(SetupStep::Agent), StepState::Done);
        assert_eq!(progress.state(SetupStep::Team), StepState::Skipped);
        assert_eq!((progress.first_open(), progress.open()), (Some(SetupStep::Look), 1));
        let all = Progress::new([true; 3], [false; 3]);
        assert_eq!((all.first_open(), all.open()), (None, 0));
        assert!(SetupStep::ALL.into_iter().all(|step| step.as_str().parse() == Ok(step)));
    }
}
