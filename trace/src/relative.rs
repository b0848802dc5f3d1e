//! What `gosbrk trace diff --fail-if` asks: `peak.rss>+10%`, of B compared with A.

use crate::condition::{Condition, Limit, NAMES, Name, Outcome, limit, name};
use crate::file::Trace;
use crate::stat::Stat;
use std::str::FromStr;

/// A condition that must not hold of two traces.
#[derive(Clone, Debug, PartialEq)]
pub enum Relative {
    /// Of the second alone.
    Alone(Condition),
    /// Of what is different.
    Change(Change),
}

/// A condition on a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    text: String,
    name: Name,
    is_greater: bool,
    /// The limit is below the figure of the first.
    is_less: bool,
    limit: Limit,
}

impl FromStr for Relative {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(['>', '<']).ok_or_else(|| {
            "a condition is NAME>LIMIT or NAME<LIMIT, such as peak.rss>+10%".to_owned()
        })?;
        let (name, rest) = (text[..at].trim(), text[at + 1..].trim());
        let Some(size) = rest.strip_prefix(['+', '-']) else {
            return text.parse().map(Self::Alone);
        };
        let name = self::name(name)
            .ok_or_else(|| format!("{NAMES}; at.ROW is a row at the moments that are compared"))?;
        Ok(Self::Change(Change {
            text: text.to_owned(),
            name,
            is_greater: text[at..].starts_with('>'),
            is_less: rest.starts_with('-'),
            limit: limit(size)?,
        }))
    }
}

impl Relative {
    /// Looks whether it holds of B, compared with A.
    #[must_use]
    pub fn check(&self, a: (&Trace, &Stat), b: (&Trace, &Stat)) -> Outcome {
        match self {
            Self::Alone(condition) => condition.check(b.0, b.1),
            Self::Change(change) => change.check(a, b),
        }
    }
}

impl Change {
    fn check(&self, a: (&Trace, &Stat), b: (&Trace, &Stat)) -> Outcome {
        let text = &self.text;
        let of = |side: &str, (trace, stat): (&Trace, &Stat)| {
            let figure = self.name.figure(trace, stat);
            figure.map_err(|why| Outcome::Unknown(format!("{text}: not known of {side}: {why}")))
        };
        let (before, after) = match (of("A", a), of("B", b)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(unknown), _) | (_, Err(unknown)) => return unknown,
        };
        let change = match self.limit {
            Limit::Number(size) => size,
            Limit::Share(share) => {
                u64::try_from(u128::from(before) * u128::from(share) / 100_000).unwrap_or(u64::MAX)
            }
        };
        let limit = if self.is_less {
            before.saturating_sub(change)
        } else {
            before.saturating_add(change)
        };
        let holds = if self.is_greater { after > limit } else { after < limit };
        if !holds {
            return Outcome::Passed;
        }
        let name = text.split(['>', '<']).next().unwrap_or(text).trim();
        let than = if self.is_greater { "more" } else { "less" };
        Outcome::Failed(format!(
            "{text}: {name} went from {} to {}, {than} than {}",
            self.name.shown(before),
            self.name.shown(after),
            self.name.shown(limit)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Relative;
    use crate::condition::Outcome;
    use crate::file::Trace;
    use crate::sample;
    use crate::stat::{At, Stat};

    #[test]
    fn changes_are_read() {
        for good in
            ["peak.rss>+10%", "at.kept > +5MiB", "end.held<-1%", "heap.growths>+0", "peak.rss>1GiB"]
        {
            assert!(good.parse::<Relative>().is_ok(), "{good}");
        }
        for bad in
            ["peak.rss>+", "peak.rss>+-1%", "peak.size>+1", "at.rss>5", "peak.rss", "peak.rss>+1XB"]
        {
            assert!(bad.parse::<Relative>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_change_counts_from_the_first() {
        let trace = Trace::new(Box::new(sample::write(Vec::new(), 3000).unwrap())).unwrap();
        let stat = |at| {
            let mut stat = Stat::of(&trace, Some(At::Call(at)), |_| ()).unwrap();
            stat.peak.clone_from(&stat.at);
            stat
        };
        let (a, b) = (stat(200), stat(600));
        let rss = |stat: &Stat| stat.at.as_ref().unwrap().figures.0[9].unwrap();
        let more = rss(&b) - rss(&a);
        let check =
            |text: &str| text.parse::<Relative>().unwrap().check((&trace, &a), (&trace, &b));
        assert_eq!(check(&format!("at.rss>+{more}")), Outcome::Passed);
        let Outcome::Failed(line) = check(&format!("at.rss>+{}", more - 1)) else { panic!() };
        assert!(line.contains(&format!("({} bytes) to", rss(&a))), "{line}");
        assert!(matches!(check("peak.rss>+0%"), Outcome::Failed(_)));
        assert_eq!(check("peak.rss>+100000%"), Outcome::Passed);
        assert_eq!(check("peak.rss<-1%"), Outcome::Passed);
        assert!(matches!(check("peak.rss<+100000%"), Outcome::Failed(_)));
        assert!(matches!(check("address_space.nobody>+0"), Outcome::Unknown(_)));
    }
}
