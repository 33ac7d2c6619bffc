//! What was measured: figures of several rounds, beside each other, and what they had to reach.

use std::fmt::Write as _;

use serde::Serialize;

/// All figures of one run.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    /// What had to be reached.
    goals: Vec<Goal>,
    /// What was measured.
    series: Vec<Series>,
    /// What could not be measured, and why.
    left_out: Vec<String>,
}

/// One thing that was measured, once a round.
#[derive(Debug, Serialize)]
struct Series {
    /// Such as "publish".
    part: String,
    /// Such as "100 connections".
    case: String,
    /// Such as "orders/s".
    unit: String,
    /// Whose it is.
    subject: String,
    rounds: Vec<f64>,
}

/// What a figure had to reach.
#[derive(Debug, Serialize)]
struct Goal {
    what: String,
    wanted: String,
    /// As it was found; with spread.
    found: String,
    reached: bool,
}

/// Which way a figure has to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

impl Figures {
    /// Adds one round's figure.
    pub fn add(&mut self, part: &str, case: &str, unit: &str, subject: &str, figure: f64) {
        let is_it = |series: &&mut Series| {
            series.part == part && series.case == case && series.unit == unit && series.subject == subject
        };
        if let Some(series) = self.series.iter_mut().find(is_it) {
            return series.rounds.push(figure);
        }
        let [part, case, unit, subject] = [part, case, unit, subject].map(str::to_owned);
        self.series.push(Series { part, case, unit, subject, rounds: vec![figure] });
    }

    /// Says that something is not measured.
    pub fn leave_out(&mut self, what: &str, why: &str) {
        self.left_out.push(format!("{what}: {why}"));
    }

    /// The rounds of a series; none, where it was not measured.
    pub fn rounds(&self, part: &str, case: &str, unit: &str, subject: &str) -> &[f64] {
        let is_it = |series: &&Series| {
            series.part == part && series.case == case && series.unit == unit && series.subject == subject
        };
        self.series.iter().find(is_it).map_or(&[], |series| &series.rounds)
    }

    /// Holds the median of these rounds against what is wanted. Without rounds there is nothing to hold.
    pub fn goal(&mut self, what: impl Into<String>, rounds: &[f64], wanted: Wanted, unit: &str) {
        if rounds.is_empty() {
            return;
        }
        let middle = median(rounds);
        let (reached, sign, bound) = match wanted {
            Wanted::AtLeast(bound) => (middle >= bound, "≥", bound),
            Wanted::AtMost(bound) => (middle <= bound, "≤", bound),
        };
        let with_unit = |text: String| if unit.is_empty() { text } else { format!("{text} {unit}") };
        self.goals.push(Goal {
            what: what.into(),
            wanted: with_unit(format!("{sign} {}", number(bound))),
            found: with_unit(with_spread(rounds)),
            reached,
        });
    }

    /// Whether every goal was reached.
    pub fn are_all_reached(&self) -> bool {
        self.goals.iter().all(|goal| goal.reached)
    }

    /// As tables, the goals first. A figure is the median of its rounds, with the least and the greatest.
    pub fn to_markdown(&self) -> String {
        let mut text = String::from("| what | wanted | found | |\n|---|---|---|---|\n");
        for Goal { what, wanted, found, reached } in &self.goals {
            let mark = if *reached { "reached" } else { "**missed**" };
            line(&mut text, [what.as_str(), wanted, found, mark]);
        }
        let mut parts: Vec<&str> = Vec::new();
        for series in &self.series {
            if !parts.contains(&series.part.as_str()) {
                parts.push(&series.part);
            }
        }
        for part in parts {
            let all: Vec<_> = self.series.iter().filter(|series| series.part == part).collect();
            let mut subjects: Vec<&str> = Vec::new();
            let mut rows: Vec<(&str, &str)> = Vec::new();
            for series in &all {
                if !subjects.contains(&series.subject.as_str()) {
                    subjects.push(&series.subject);
                }
                if !rows.contains(&(&series.case, &series.unit)) {
                    rows.push((&series.case, &series.unit));
                }
            }
            // Writing to a text does not fail.
            let _ = write!(text, "\n**{part}**\n\n");
            line(&mut text, ["", ""].into_iter().chain(subjects.iter().copied()));
            line(&mut text, std::iter::repeat_n("---", 2 + subjects.len()));
            for (case, unit) in rows {
                let cells = subjects.iter().map(|subject| {
                    let rounds = self.rounds(part, case, unit, subject);
                    if rounds.is_empty() { String::new() } else { with_spread(rounds) }
                });
                line(&mut text, [case.to_owned(), unit.to_owned()].into_iter().chain(cells));
            }
        }
        if !self.left_out.is_empty() {
            text.push_str("\nLeft out:\n\n");
            for left_out in &self.left_out {
                let _ = writeln!(text, "- {left_out}");
            }
        }
        text
    }
}

/// Each round of one series divided by the same round of the other: what rounds have in common falls out.
pub fn ratios(of: &[f64], by: &[f64]) -> Vec<f64> {
    of.iter().zip(by).map(|(of, by)| of / by).collect()
}

fn line(text: &mut String, cells: impl IntoIterator<Item = impl AsRef<str>>) {
    for cell in cells {
        let _ = write!(text, "| {} ", cell.as_ref());
    }
    text.push_str("|\n");
}

/// The middle one; of an even number, the mean of the middle two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

fn with_spread(rounds: &[f64]) -> String {
    let (least, greatest) =
        rounds.iter().fold((f64::MAX, f64::MIN), |(least, greatest), &value| (least.min(value), greatest.max(value)));
    match rounds.len() {
        1 => number(rounds[0]),
        _ => format!("{} ({}–{})", number(median(rounds)), number(least), number(greatest)),
    }
}

/// With as many places as tell something.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        large if large >= 100.0 => format!("{value:.0}"),
        large if large >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_held_against_the_median_of_the_rounds() {
        let mut figures = Figures::default();
        for (round, figure) in [900.0, 1100.0, 5000.0].into_iter().enumerate() {
            figures.add("publish", "100 connections", "orders/s", "Botica", figure);
            figures.add("publish", "100 connections", "orders/s", "bare", 1000.0 * (round + 1) as f64);
        }
        let [own, bare] =
            ["Botica", "bare"].map(|of| figures.rounds("publish", "100 connections", "orders/s", of).to_vec());
        assert_eq!(ratios(&own, &bare), [0.9, 0.55, 5000.0 / 3000.0]);
        figures.goal("of bare", &ratios(&own, &bare), Wanted::AtLeast(0.9), "");
        assert!(figures.are_all_reached());
        figures.goal("orders", &own, Wanted::AtMost(1099.0), "orders/s");
        assert!(!figures.are_all_reached());
        let text = figures.to_markdown();
        figures.add("memory", "at rest", "MiB", "publisher", 50.0);
        figures.add("publish", "500 connections", "orders/s", "Botica", 900.0);
        assert_eq!(figures.to_markdown().matches("**publish**").count(), 1);
        assert!(text.contains("| of bare | ≥ 0.90 | 0.90 (0.55–1.67) | reached |"), "{text}");
        assert!(text.contains("| 100 connections | orders/s | 1,100 (900–5,000) | 2,000 (1,000–3,000) |"), "{text}");
    }
}
