//! From rectangles to pixels. A pixel that covers several gets the mean of their colours, each
//! by the share of it that it covers. For each state and each line of pixels only the
//! differences of coverage from one pixel to the next are noted, at the two ends of a
//! rectangle, however wide it is. Adding them up from the left gives the coverage.

use crate::data::State;
use crate::png::Pixels;

/// Numbers of states.
const STATES: usize = 8;

/// What is drawn, as differences of coverage.
pub struct Raster {
    width: usize,
    height: usize,
    steps: Vec<f32>,
}

impl Raster {
    /// Nothing yet.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, steps: vec![0.0; STATES * height * (width + 2)] }
    }

    /// Draws a rectangle: columns from the left and lines from the top, both from 0 to 1. What
    /// is drawn must not lie upon something else.
    pub fn cover(&mut self, state: State, x: (f64, f64), y: (f64, f64)) {
        let (x0, x1) = (scaled(x.0, self.width), scaled(x.1, self.width));
        let (y0, y1) = (scaled(y.0, self.height), scaled(y.1, self.height));
        let (first, last) = (whole(x0), whole(x1));
        let (before, within) = (part(x0), part(x1));
        for line in whole(y0)..self.height.min(whole(y1.ceil())) {
            let top = scaled(1.0, line);
            let tall = short(y1.min(top + 1.0) - y0.max(top));
            let at = (state as usize * self.height + line) * (self.width + 2);
            for (column, change) in [
                (first, tall * (1.0 - before)),
                (first + 1, tall * before),
                (last, -tall * (1.0 - within)),
                (last + 1, -tall * within),
            ] {
                self.steps[at + column] += change;
            }
        }
    }

    /// The picture; `colours` are those of the states by their numbers, the first that of
    /// paper, where nothing is.
    pub fn pixels(&self, colours: &[[u8; 3]; STATES]) -> Pixels {
        let mut bytes = Vec::with_capacity(3 * self.width * self.height);
        let mut sums = vec![[0.0_f32; 4]; self.width];
        for line in 0..self.height {
            sums.fill([0.0; 4]);
            for (state, colour) in colours.iter().enumerate().skip(1) {
                let from = (state * self.height + line) * (self.width + 2);
                let mut share = 0.0;
                for (sum, step) in sums.iter_mut().zip(&self.steps[from..]) {
                    share += step;
                    for (sum, colour) in sum.iter_mut().zip(colour) {
                        *sum += share * f32::from(*colour);
                    }
                    sum[3] += share;
                }
            }
            for sum in &sums {
                let rest = (1.0 - sum[3]).max(0.0);
                bytes.extend((0..3).map(|i| byte(sum[i] + rest * f32::from(colours[0][i]))));
            }
        }
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Pixels { width: size(self.width), height: size(self.height), bytes }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture has a thousand places")]
fn scaled(share: f64, all: usize) -> f64 {
    share.max(0.0) * all as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a picture")]
fn whole(place: f64) -> usize {
    place as usize
}

fn part(place: f64) -> f32 {
    short(place.fract())
}

#[expect(clippy::cast_possible_truncation, reason = "a share of a pixel")]
fn short(share: f64) -> f32 {
    share as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
fn byte(colour: f32) -> u8 {
    colour.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: [[u8; 3]; STATES] =
        [[200; 3], [0; 3], [0; 3], [0; 3], [0; 3], [0; 3], [100; 3], [40; 3]];

    /// Two columns, two lines: the upper left pixel is covered by a half, the lower right one
    /// by two states, a half each.
    #[test]
    fn a_pixel_has_the_mean_of_what_it_covers() {
        let mut raster = Raster::new(2, 2);
        raster.cover(State::Used, (0.25, 0.5), (0.0, 0.5));
        raster.cover(State::Used, (0.5, 1.0), (0.5, 0.75));
        raster.cover(State::Kept, (0.5, 1.0), (0.75, 1.0));
        let pixels = raster.pixels(&COLOURS);
        let grey: Vec<u8> = pixels.bytes.chunks(3).map(|pixel| pixel[0]).collect();
        assert_eq!(grey, [150, 200, 200, 70]);
        assert_eq!((pixels.width, pixels.height, pixels.bytes.len()), (2, 2, 12));
    }

    /// Thousands of rectangles in one pixel add up to it, and not to more.
    #[test]
    fn many_in_one_pixel_add_up() {
        let mut raster = Raster::new(1, 1);
        for i in 0..5000 {
            let at = |i: u32| f64::from(i) / 5000.0;
            raster.cover(State::Used, (0.0, 1.0), (at(i), at(i + 1)));
        }
        assert_eq!(raster.pixels(&COLOURS).bytes, [100; 3]);
    }
}
