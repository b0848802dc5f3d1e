//! Medians, and how far the samples lie apart.

/// The middle of some samples, and their quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the samples is not above it.
    pub low: f64,
    /// Half of them.
    pub median: f64,
    /// Three quarters of them.
    pub high: f64,
}

impl Spread {
    /// Of some samples; `None` of none.
    pub fn of(samples: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = samples.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)? as f64;
        let at = |share: f64| {
            // Between the two samples round the place, by how near it is to each.
            let place = share * last;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let (below, above) = (place.floor() as usize, place.ceil() as usize);
            sorted[below] + (sorted[above] - sorted[below]) * place.fract()
        };
        Some(Self { low: at(0.25), median: at(0.5), high: at(0.75) })
    }

    /// Of the ratios of samples that were taken side by side.
    pub fn of_ratios(over: &[f64], under: &[f64]) -> Option<Self> {
        Self::of(over.iter().zip(under).map(|(over, under)| over / under))
    }
}

/// The geometric mean, which treats twice as fast and twice as slow alike.
pub fn mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

/// Three digits of a number: `0.0312`, `4.07`, `152`, `9,350,000`.
pub fn digits(value: f64) -> String {
    if value >= 1000.0 {
        let unit = 10_f64.powf(value.log10().floor() - 2.0);
        // A time in nanoseconds fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        return crate::work::thousands(((value / unit).round() * unit) as usize);
    }
    let decimals = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::{Spread, digits, mean};

    #[test]
    fn quartiles_lie_between_samples() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { low: 1.75, median: 2.5, high: 3.25 });
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratios_are_of_neighbours() {
        // Twice as slow each time, however the machine's speed changes.
        let spread = Spread::of_ratios(&[2.0, 20.0, 8.0], &[1.0, 10.0, 4.0]).unwrap();
        assert_eq!(spread, Spread { low: 2.0, median: 2.0, high: 2.0 });
    }

    #[test]
    fn twice_and_half_are_one_in_the_mean() {
        assert!((mean(&[2.0, 0.5]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn three_digits_are_shown() {
        let text = [0.5, 9.999, 42.42, 152.4, 1_234.0, 9_349_876.0].map(digits);
        assert_eq!(text, ["0.50", "10.0", "42.4", "152", "1,230", "9,350,000"]);
    }
}
