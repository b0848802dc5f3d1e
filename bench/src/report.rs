//! The report: tables of medians with their quartiles, and of ratios.

use crate::sample::Outcome;
use crate::sides::{Entry, Kind};
use crate::stats::{Spread, digits, mean};
use crate::work::Group;
use std::fmt::Write;

/// What came of a group's work: for each work, for each side.
pub struct Results {
    /// The group.
    pub group: Group,
    /// Its outcomes, in the order of its works and then of the sides.
    pub outcomes: Vec<Vec<Outcome>>,
}

/// The report, but for its heading.
pub struct Report<'a> {
    /// The sides, in the order of the outcomes.
    pub sides: &'a [&'static Entry],
    /// What was done.
    pub results: &'a [Results],
}

impl Report<'_> {
    /// Everything, with links to plots if there are any.
    pub fn text(&self, plots: bool) -> String {
        let mut out = self.ratios();
        for results in self.results {
            out += &self.group(results, plots);
        }
        out
    }

    /// gosbrk against Go's own code and the fastest peer, work by work.
    fn ratios(&self) -> String {
        let place = |name: &str| self.sides.iter().position(|side| side.name == name);
        let (Some(rust), Some(go)) = (place("rust"), place("go")) else { return String::new() };
        let called = place("c").unwrap_or(rust);
        let mut rows = String::new();
        let mut all = Vec::new();
        for Results { group, outcomes } in self.results {
            for (work, outcomes) in group.works.iter().zip(outcomes) {
                let over = |side: usize, under: usize| {
                    Spread::of_ratios(&outcomes[side].ns(), &outcomes[under].ns())
                };
                let peer = self.best_peer(outcomes);
                let of_peer = |under| cell(peer.and_then(|peer| over(peer, under)));
                let title = peer.map_or("none", |peer| self.sides[peer].title);
                let _ = writeln!(
                    rows,
                    "| {}: {} | {} | {} | {title} | {} | {} |",
                    group.title,
                    work.name,
                    cell(over(go, rust)),
                    cell(over(go, called)),
                    of_peer(rust),
                    of_peer(called),
                );
                if group.id == "pairs" || group.id.starts_with("traces") {
                    all.push((over(go, rust), over(go, called)));
                }
            }
        }
        let median = |ratio: Option<Spread>| ratio.map(|ratio| ratio.median);
        let direct: Vec<f64> = all.iter().filter_map(|(ratio, _)| median(*ratio)).collect();
        let from_c: Vec<f64> = all.iter().filter_map(|(_, ratio)| median(*ratio)).collect();
        let mut out = String::from(
            "## In short\n\nHow many times as long the others take: above 1, gosbrk is faster. The \
             first figure of each two is against gosbrk from Rust, without a lock; the second \
             against gosbrk from C, behind its lock. Go's own code and the peers written in Rust have \
             none. Medians of the ratios round by round, with their quartiles.\n\n\
             | work | Go's own ÷ Rust | Go's own ÷ C | fastest peer | ÷ Rust | ÷ C |\n\
             |---|--:|--:|---|--:|--:|\n",
        );
        out += &rows;
        if !direct.is_empty() && !from_c.is_empty() {
            let _ = writeln!(
                out,
                "\nGo's own code over all pairs and traces, geometric mean: {} (Rust), {} (C).",
                digits(mean(&direct)),
                digits(mean(&from_c))
            );
        }
        out + "\n"
    }

    /// The peer with the smallest median.
    fn best_peer(&self, outcomes: &[Outcome]) -> Option<usize> {
        let median = |nth: usize| Spread::of(outcomes[nth].ns()).map(|spread| spread.median);
        let peers = (0..self.sides.len()).filter(|&nth| self.sides[nth].kind == Kind::Peer);
        let medians = peers.filter_map(|nth| Some((nth, median(nth)?)));
        medians.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(nth, _)| nth)
    }

    /// A section: what was done, and a table with a row for each side.
    fn group(&self, results: &Results, plots: bool) -> String {
        let Results { group, outcomes } = results;
        let rounds = outcomes.iter().flatten().map(|outcome| outcome.samples().len()).max();
        let mut out = format!("## {}\n\n{}\n\n", group.title, group.text);
        if plots {
            let _ = writeln!(out, "![{}]({}.svg)\n", group.title, group.id);
        }
        let axis = group.axis.map(|axis| format!(", by {axis}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "Median of {} samples and, in brackets, its quartiles: ns {}{axis}.\n",
            rounds.unwrap_or(0),
            group.unit
        );
        let names: Vec<&str> = group.works.iter().map(|work| work.name.as_str()).collect();
        let peak = if group.peak { " memory, MiB |" } else { "" };
        let _ = writeln!(out, "| | {} |{peak}", names.join(" | "));
        let columns = names.len() + usize::from(group.peak);
        let _ = writeln!(out, "|---|{}", "--:|".repeat(columns));
        let mut left_out = String::new();
        for (nth, side) in self.sides.iter().enumerate() {
            let _ = write!(out, "| {} |", side.title);
            for (outcomes, name) in outcomes.iter().zip(&names) {
                let _ = write!(out, " {} |", cell(Spread::of(outcomes[nth].ns())));
                if let Outcome::LeftOut(why) = &outcomes[nth] {
                    let _ = writeln!(left_out, "- {}, {name}: {why}", side.title);
                }
                if group.peak {
                    let peaks = outcomes[nth].samples().iter();
                    let mib = Spread::of(peaks.map(|sample| sample.peak as f64 / 1024.0));
                    let _ = write!(out, " {} |", mib.map_or("–".to_owned(), whole));
                }
            }
            out.push('\n');
        }
        if !left_out.is_empty() {
            let _ = write!(out, "\nLeft out:\n\n{left_out}");
        }
        out + "\n"
    }
}

/// `41.2 (40.9–41.8)`
fn cell(spread: Option<Spread>) -> String {
    let show = |Spread { low, median, high }| {
        format!("{} ({}–{})", digits(median), digits(low), digits(high))
    };
    spread.map_or_else(|| "–".to_owned(), show)
}

/// The same without fractions.
fn whole(Spread { low, median, high }: Spread) -> String {
    format!("{median:.0} ({low:.0}–{high:.0})")
}

#[cfg(test)]
mod tests {
    use super::{Report, Results};
    use crate::plan::Plan;
    use crate::run::Sample;
    use crate::sample::Outcome;
    use crate::sides::find;
    use crate::work::{Group, Work};

    #[test]
    fn ratios_are_against_the_fastest_peer() {
        let sides: Vec<_> = ["rust", "c", "go", "mmap", "talc"].map(|n| find(n).unwrap()).into();
        let took = |ns: [f64; 3]| Outcome::Samples(ns.map(|ns| Sample { ns, peak: 1024 }).into());
        let outcomes = vec![
            took([10.0, 12.0, 11.0]),
            took([20.0, 24.0, 22.0]),
            took([40.0, 48.0, 44.0]),
            took([900.0, 800.0, 700.0]),
            Outcome::LeftOut("it has wings".to_owned()),
        ];
        let work = Work { name: "4 KiB".into(), x: 1.0, plan: Plan::default(), calls: None };
        let group = Group {
            id: "pairs",
            title: "Pairs",
            plot: "Time of a pair",
            text: "",
            unit: "a pair",
            axis: None,
            peak: true,
            rounds: None,
            works: vec![work],
        };
        let results = [Results { group, outcomes: vec![outcomes] }];
        let text = Report { sides: &sides, results: &results }.text(true);
        for part in [
            "| Pairs: 4 KiB | 4.00 (4.00–4.00) | 2.00 (2.00–2.00) | mmap and munmap | 66.7 ",
            "geometric mean: 4.00 (Rust), 2.00 (C)",
            "| gosbrk from Rust | 11.0 (10.5–11.5) | 1 (1–1) |",
            "| talc | – | – |",
            "- talc, 4 KiB: it has wings",
            "![Pairs](pairs.svg)",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }
}
