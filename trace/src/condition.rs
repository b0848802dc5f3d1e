//! What `gosbrk trace check --fail-if` asks: `peak.rss>64MiB`, `end.kept>10%`.

use crate::file::Trace;
use crate::stat::Stat;
use gosbrk_look::model::{ROWS, megabytes};
use std::str::FromStr;

/// A condition that must not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    name: Name,
    is_greater: bool,
    limit: Limit,
}

/// Which moment of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Peak,
    End,
    /// The one that was asked for.
    At,
}

/// What a figure is of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Name {
    /// A row of a moment, and which.
    Row(When, usize),
    Growths,
    Calls,
    Lost,
    Waste(usize),
    AddressSpace(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Number(u64),
    /// Of the resident memory at the same moment, in thousandths of a percent.
    Share(u64),
}

/// What came of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not hold.
    Passed,
    /// It holds; with the figure, in a line.
    Failed(String),
    /// The figure is not known; why, in a line.
    Unknown(String),
}

const WASTE: [&str; 5] = ["slack", "free_list", "tail", "high_water", "most_used"];

/// The names that there are.
pub(crate) const NAMES: &str = "a name is peak.ROW or end.ROW (ROW: held, gaps, kept, stacks, tables, layer, other, file, untouched, rss), heap.growths, waste.slack, waste.free_list, waste.tail, waste.high_water, waste.most_used, address_space.total, address_space.NAME, calls or lost";

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(['>', '<']).ok_or_else(|| {
            "a condition is NAME>LIMIT or NAME<LIMIT, such as peak.rss>64MiB".to_owned()
        })?;
        let (name, rest) = text.split_at(at);
        let name = self::name(name.trim())
            .filter(|name| !matches!(name, Name::Row(When::At, _)))
            .ok_or_else(|| NAMES.to_owned())?;
        let limit = self::limit(rest[1..].trim())?;
        if matches!(limit, Limit::Share(_)) && !matches!(name, Name::Row(..)) {
            return Err("a share is of the resident memory: only rows of a moment have it".into());
        }
        Ok(Self { text: text.to_owned(), name, is_greater: rest.starts_with('>'), limit })
    }
}

pub(crate) fn name(text: &str) -> Option<Name> {
    match (text, text.split_once('.')) {
        ("calls", _) => Some(Name::Calls),
        ("lost", _) => Some(Name::Lost),
        ("heap.growths", _) => Some(Name::Growths),
        (_, Some((moment @ ("peak" | "end" | "at"), row))) => {
            let row = ROWS.iter().position(|one| one.key == row)?;
            let when = match moment {
                "peak" => When::Peak,
                "end" => When::End,
                _ => When::At,
            };
            Some(Name::Row(when, row))
        }
        (_, Some(("waste", part))) => WASTE.iter().position(|one| *one == part).map(Name::Waste),
        (_, Some(("address_space", name))) if !name.is_empty() => {
            Some(Name::AddressSpace(name.to_owned()))
        }
        _ => None,
    }
}

pub(crate) fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || {
        "a limit is a number, a size (64MiB, 70MB, 512KiB, 2GiB) or a share of the resident memory (10%)"
            .to_owned()
    };
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "%" => return Ok(Limit::Share(thousandths(number).ok_or_else(wrong)?)),
        _ => return Err(wrong()),
    };
    let size = thousandths(number).and_then(|n| n.checked_mul(unit)).ok_or_else(wrong)?;
    Ok(Limit::Number(size / 1000))
}

/// `1.5` as 1500.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if part.is_empty() || part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let scale = 10_u64.pow(3 - u32::try_from(part.len()).ok()?);
    whole.checked_mul(1000)?.checked_add(part.parse::<u64>().ok()? * scale)
}

impl Condition {
    /// Looks whether it holds.
    #[must_use]
    pub fn check(&self, trace: &Trace, stat: &Stat) -> Outcome {
        let text = &self.text;
        let figure = match self.name.figure(trace, stat) {
            Ok(figure) => figure,
            Err(why) => return Outcome::Unknown(format!("{text}: not known: {why}")),
        };
        let limit = match self.limit {
            Limit::Number(limit) => limit,
            Limit::Share(share) => match self.rss(stat) {
                Ok(rss) => {
                    u64::try_from(u128::from(rss) * u128::from(share) / 100_000).unwrap_or(u64::MAX)
                }
                Err(why) => return Outcome::Unknown(format!("{text}: not known: {why}")),
            },
        };
        let holds = if self.is_greater { figure > limit } else { figure < limit };
        if !holds {
            return Outcome::Passed;
        }
        let shown = |n: u64| self.name.shown(n);
        let name = text.split(['>', '<']).next().unwrap_or(text).trim();
        let than = if self.is_greater { "more" } else { "less" };
        Outcome::Failed(format!(
            "{text}: {name} is {}, {than} than {}",
            shown(figure),
            shown(limit)
        ))
    }

    fn rss(&self, stat: &Stat) -> Result<u64, String> {
        let when = if let Name::Row(when, _) = self.name { when } else { When::End };
        row(stat, when, ROWS.len() - 1)
    }
}

impl Name {
    /// A value of it, for people.
    pub(crate) fn shown(&self, n: u64) -> String {
        match self {
            Name::Growths | Name::Calls | Name::Lost => n.to_string(),
            _ => format!("{} ({n} bytes)", megabytes(n)),
        }
    }

    /// Its value.
    ///
    /// # Errors
    /// It is not known; why, in words.
    pub(crate) fn figure(&self, trace: &Trace, stat: &Stat) -> Result<u64, String> {
        let waste = &stat.waste;
        match self {
            Name::Row(when, row) => self::row(stat, *when, *row),
            Name::Growths => Ok(stat.growths.all.len() as u64),
            Name::Calls => Ok(trace.calls),
            Name::Lost => Ok(trace.lost),
            Name::Waste(part) => {
                [waste.slack, waste.free_list, waste.tail, waste.high_water, waste.most_used]
                    .get(*part)
                    .copied()
                    .flatten()
                    .ok_or_else(|| "calls are missing from the trace".into())
            }
            Name::AddressSpace(name) if name == "total" => {
                Ok(stat.address_space.values().fold(0, |sum: u64, size| sum.saturating_add(*size)))
            }
            Name::AddressSpace(name) => stat.address_space.get(name).copied().ok_or_else(|| {
                let names: Vec<_> = stat.address_space.keys().map(String::as_str).collect();
                format!("nothing has that name; there are: {}", names.join(", "))
            }),
        }
    }
}

fn row(stat: &Stat, when: When, row: usize) -> Result<u64, String> {
    let moment = match when {
        When::Peak => stat.peak.as_ref(),
        When::End => Some(&stat.end),
        When::At => stat.at.as_ref(),
    };
    let moment = moment.ok_or("resident memory was never measured")?;
    moment.figures.0[row].map_err(|why| why.text().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Condition, Outcome};
    use crate::file::Trace;
    use crate::sample;
    use crate::stat::Stat;

    #[test]
    fn sizes_and_shares_are_read() {
        for good in [
            "peak.rss>64MiB",
            "end.kept > 10%",
            "end.held<1.5GB",
            "heap.growths>20",
            "waste.slack>1KiB",
            "address_space.total>1GiB",
            "address_space.page summary>0",
        ] {
            assert!(good.parse::<Condition>().is_ok(), "{good}");
        }
        for bad in [
            "peak.rss",
            "peak.rss=5",
            "rss>5",
            "peak.size>5",
            "peak.rss>5XB",
            "peak.rss>",
            "peak.rss>-5",
            "peak.rss>1.2345MB",
            "heap.growths>10%",
            "peak.rss>99999999999GiB",
        ] {
            assert!(bad.parse::<Condition>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_holds_is_told_with_its_figure() {
        let trace = Trace::new(Box::new(sample::write(Vec::new(), 3000).unwrap())).unwrap();
        let stat = Stat::of(&trace, None, |_| ()).unwrap();
        let rss = stat.peak.as_ref().unwrap().figures.0[9].unwrap();
        let check = |text: &str| text.parse::<Condition>().unwrap().check(&trace, &stat);
        assert_eq!(check(&format!("peak.rss>{rss}")), Outcome::Passed);
        let Outcome::Failed(line) = check(&format!("peak.rss>{}", rss - 1)) else { panic!() };
        assert!(line.contains(&format!("({rss} bytes), more than")), "{line}");
        assert_eq!(check("end.rss>100%"), Outcome::Passed);
        assert!(matches!(check("end.rss>99.9%"), Outcome::Failed(_)));
        assert!(matches!(check("lost>0"), Outcome::Passed));
        assert!(matches!(check("address_space.nobody>0"), Outcome::Unknown(_)));
        assert!(matches!(check("address_space.heap index>31MiB"), Outcome::Failed(_)));
    }
}
