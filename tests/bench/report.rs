//! The table, and whether a target was missed.

use std::process::ExitCode;
use std::time::Duration;

use super::load::Load;

/// What a line promises.
#[derive(Clone, Copy)]
pub enum Target {
    None,
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn holds(self, value: f64) -> bool {
        match self {
            Target::None => true,
            Target::AtLeast(least) => value >= least,
            Target::AtMost(most) => value <= most,
        }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Target::None => String::new(),
            Target::AtLeast(least) => format!("at least {least}{unit}"),
            Target::AtMost(most) => format!("at most {most}{unit}"),
        }
    }
}

#[derive(Default)]
pub struct Report {
    missed: usize,
}

impl Report {
    pub fn heading(&self, title: &str, columns: [&str; 4]) {
        println!("\n{title}");
        println!("{:<36}{:>12}{:>12}{:>12}{:>9}", "", columns[0], columns[1], columns[2], columns[3]);
    }

    /// `value` is what the target is about; `cells` are printed before it.
    fn line(&mut self, name: &str, cells: [String; 3], value: String, judged: f64, target: Target, unit: &str) {
        let verdict = match target {
            Target::None => "",
            _ if target.holds(judged) => "ok",
            _ => {
                self.missed += 1;
                "MISS"
            }
        };
        let line = format!("{name:<36}{:>12}{:>12}{:>12}{value:>9}   {:<16}{verdict}", cells[0], cells[1], cells[2], target.text(unit));
        println!("{}", line.trim_end());
    }

    /// Requests a second, and how they stand to the baseline's.
    pub fn speed(&mut self, name: &str, load: &Load, baseline: Option<(&Load, f64)>) {
        let cells = [format!("{:.0}", load.rate), milliseconds(load.p50), milliseconds(load.p99)];
        match baseline {
            Some((baseline, least)) => {
                let ratio = load.rate / baseline.rate;
                self.line(name, cells, format!("{ratio:.2}"), ratio, Target::AtLeast(least), "");
            }
            None => self.line(name, cells, String::new(), 0.0, Target::None, ""),
        }
    }

    /// Requests a second, and the p99 that is promised.
    pub fn slowest(&mut self, name: &str, load: &Load, target: Target) {
        let cells = [format!("{:.0}", load.rate), milliseconds(load.p50), String::new()];
        let p99 = load.p99.as_secs_f64() * 1_000.0;
        self.line(name, cells, format!("{p99:.1} ms"), p99, target, " ms");
    }

    /// The same request at two sizes.
    pub fn growth(&mut self, name: &str, small: Duration, large: Duration, most: f64) {
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        let cells = [milliseconds(small), milliseconds(large), String::new()];
        self.line(name, cells, format!("{ratio:.2}"), ratio, Target::AtMost(most), "");
    }

    pub fn value(&mut self, name: &str, value: f64, unit: &str, target: Target) {
        self.line(name, Default::default(), format!("{value:.0}{unit}"), value, target, unit);
    }

    pub fn exit_code(&self) -> ExitCode {
        match self.missed {
            0 => println!("\nEvery target is met."),
            1 => println!("\n1 target is missed."),
            n => println!("\n{n} targets are missed."),
        }
        ExitCode::from(u8::from(self.missed > 0))
    }
}

pub fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// Of an odd number of times the one in the middle.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
