//! What a server did in its last minutes: requests, errors and how long they took, by route. Counts and buckets; knows no clock.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// Upper bounds of the latency's buckets, in seconds.
pub const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// The buckets, and one for what took longer than any of them.
const ALL: usize = BUCKETS.len() + 1;

/// Minutes that are remembered, the one that runs included.
pub const REMEMBERED: usize = 61;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub requests: i64,
    /// Answers with 5xx: the server's fault.
    pub errors: i64,
    /// Answers with 4xx.
    pub refused: i64,
    pub latency: [i64; ALL],
}

/// How long most requests took: at most so many seconds, or more than the largest bucket says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Took {
    Seconds(f64),
    Longer(f64),
}

impl Took {
    /// In milliseconds, for comparisons; longer ones count as their bound.
    pub fn milliseconds(self) -> f64 {
        match self {
            Took::Seconds(seconds) | Took::Longer(seconds) => seconds * 1_000.0,
        }
    }
}

impl std::fmt::Display for Took {
    /// `0.8 ms`, `12 ms`, `1.2 s`, `over 2.5 s`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Took::Longer(seconds) => write!(f, "over {seconds} s"),
            Took::Seconds(seconds) if *seconds >= 1.0 => write!(f, "{seconds:.1} s"),
            Took::Seconds(seconds) if *seconds >= 0.01 => write!(f, "{:.0} ms", seconds * 1_000.0),
            Took::Seconds(seconds) => write!(f, "{:.1} ms", seconds * 1_000.0),
        }
    }
}

impl Counts {
    pub fn note(&mut self, status: u16, seconds: f64) {
        self.requests += 1;
        match status {
            500.. => self.errors += 1,
            400..500 => self.refused += 1,
            _ => {}
        }
        let bucket = BUCKETS.iter().position(|bound| seconds <= *bound).unwrap_or(BUCKETS.len());
        self.latency[bucket] += 1;
    }

    pub fn add(&mut self, more: &Counts) {
        self.requests += more.requests;
        self.errors += more.errors;
        self.refused += more.refused;
        for (here, there) in self.latency.iter_mut().zip(more.latency) {
            *here += there;
        }
    }

    /// From a stored list of buckets; what is too much is left out.
    pub fn of(requests: i64, errors: i64, latency: &[i64]) -> Self {
        let mut counts = Counts { requests, errors, ..Counts::default() };
        for (here, there) in counts.latency.iter_mut().zip(latency) {
            *here = *there;
        }
        counts
    }

    /// Errors in per cent of requests; 0 without any.
    pub fn error_percent(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.errors as f64 * 100.0 / self.requests as f64 }
    }

    /// What so many of a hundred requests took at most; within a bucket they are taken to be spread evenly. `None` without any.
    pub fn took(&self, of_hundred: i64) -> Option<Took> {
        let all: i64 = self.latency.iter().sum();
        if all == 0 {
            return None;
        }
        let rank = all as f64 * of_hundred as f64 / 100.0;
        let (mut below, mut floor) = (0_i64, 0.0);
        for (n, bound) in self.latency.iter().zip(BUCKETS) {
            if *n > 0 && (below + n) as f64 >= rank {
                return Some(Took::Seconds(floor + (bound - floor) * (rank - below as f64) / *n as f64));
            }
            below += n;
            floor = bound;
        }
        Some(Took::Longer(floor))
    }
}

/// The last minutes by route; minutes are numbered from whenever the caller likes.
#[derive(Debug, Default)]
pub struct Window {
    minutes: VecDeque<(u64, HashMap<String, Counts>)>,
}

impl Window {
    pub fn note(&mut self, minute: u64, route: &str, status: u16, seconds: f64) {
        if self.minutes.back().is_none_or(|(last, _)| *last < minute) {
            self.minutes.push_back((minute, HashMap::new()));
            while self.minutes.front().is_some_and(|(first, _)| first + REMEMBERED as u64 <= minute) {
                self.minutes.pop_front();
            }
        }
        let Some((_, routes)) = self.minutes.back_mut() else { return };
        match routes.get_mut(route) {
            Some(counts) => counts.note(status, seconds),
            None => routes.entry(route.to_owned()).or_default().note(status, seconds),
        }
    }

    /// What was counted in the minute that runs and the `last` ones before it, by route.
    pub fn last(&self, minute: u64, last: u64) -> BTreeMap<String, Counts> {
        let mut sum = BTreeMap::<String, Counts>::new();
        for (_, routes) in self.minutes.iter().filter(|(of, _)| of + last >= minute) {
            for (route, counts) in routes {
                sum.entry(route.clone()).or_default().add(counts);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_within_their_bucket() {
        let mut counts = Counts::default();
        assert_eq!(counts.took(50), None);
        for _ in 0..90 {
            counts.note(200, 0.003);
        }
        for _ in 0..10 {
            counts.note(503, 0.2);
        }
        let Some(Took::Seconds(half)) = counts.took(50) else { panic!("a time") };
        assert!((0.0025..=0.005).contains(&half), "{half}");
        let Some(Took::Seconds(most)) = counts.took(95) else { panic!("a time") };
        assert!((0.1..=0.25).contains(&most), "{most}");
        assert_eq!((counts.requests, counts.errors, counts.error_percent()), (100, 10, 10.0));
        counts.note(200, 60.0);
        for _ in 0..200 {
            counts.note(404, 3.0);
        }
        assert_eq!(counts.took(99), Some(Took::Longer(2.5)));
        assert_eq!((counts.refused, counts.took(99).map(|took| took.to_string()).as_deref()), (200, Some("over 2.5 s")));
        assert_eq!(Counts::of(1, 2, &[3; 20]).latency, [3; ALL]);
        assert_eq!(Took::Seconds(0.0012).to_string(), "1.2 ms");
        assert_eq!(Took::Seconds(1.26).to_string(), "1.3 s");
    }

    #[test]
    fn minutes_pass() {
        let mut window = Window::default();
        window.note(0, "/a", 200, 0.1);
        window.note(3, "/a", 200, 0.1);
        window.note(3, "/b", 500, 0.1);
        window.note(8, "/a", 200, 0.1);
        assert_eq!(window.last(8, 5)["/a"].requests, 2);
        assert_eq!(window.last(8, 4).get("/b"), None);
        assert_eq!(window.last(8, 60)["/a"].requests, 3);
        window.note(61, "/a", 200, 0.1);
        assert_eq!(window.last(61, 60)["/a"].requests, 3, "the first minute is forgotten");
        assert_eq!(window.last(200, 60).len(), 0);
    }
}
