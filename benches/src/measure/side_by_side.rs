//! Samples of every contender in turn, and a table of their medians.

use std::io;

use super::median::median;
use super::table;

/// A table of contenders and figures.
pub(crate) struct SideBySide<'a, C> {
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) contenders: Vec<(&'a str, C)>,
    /// The contender that the others are compared with.
    pub(crate) base: &'a str,
    pub(crate) rounds: usize,
    pub(crate) measures: Vec<Measure<'a, C>>,
}

/// One or more columns, whose figures a contender gives together: all of them, or none if it lacks what it takes.
pub(crate) struct Measure<'a, C> {
    heads: Vec<String>,
    sample: Box<Sample<'a, C>>,
}

type Sample<'a, C> = dyn Fn(C) -> io::Result<Vec<f64>> + 'a;

impl<'a, C> Measure<'a, C> {
    pub(crate) fn new(heads: &[&str], sample: impl Fn(C) -> io::Result<Vec<f64>> + 'a) -> Measure<'a, C> {
        Measure {
            heads: heads.iter().map(|&head| head.into()).collect(),
            sample: Box::new(sample),
        }
    }
}

impl<C: Copy> SideBySide<'_, C> {
    /// Takes the samples and prints the medians with their ratios. A ratio is the median of each round's own, since the
    /// machine changes its mood from round to round.
    pub(crate) fn run(&self) -> io::Result<()> {
        let mut head = vec![self.unit.to_owned()];
        let mut rows: Vec<Vec<String>> = self.contenders.iter().map(|(name, _)| vec![(*name).into()]).collect();
        let base = self.contenders.iter().position(|(name, _)| *name == self.base);
        for measure in &self.measures {
            eprintln!("{}: {} …", self.title, measure.heads.join(", "));
            let samples = self.take(measure)?;
            let base = base.map(|place| &samples[place]);
            for (column, name) in measure.heads.iter().enumerate() {
                head.push(name.clone());
                for (row, samples) in rows.iter_mut().zip(&samples) {
                    let figures = samples.iter().filter_map(|sample| sample.get(column).copied());
                    let rounds = samples.iter().zip(base.into_iter().flatten());
                    let ratios = rounds.filter_map(|(sample, base)| ratio(*sample.get(column)?, *base.get(column)?));
                    row.push(cell(median(figures), median(ratios)));
                }
            }
        }
        table::print(&format!("{} (× {})", self.title, self.base), &head, &rows);
        Ok(())
    }

    /// Every contender's samples, round by round: in each, one contender after another, and another one first.
    fn take(&self, measure: &Measure<'_, C>) -> io::Result<Vec<Vec<Vec<f64>>>> {
        let count = self.contenders.len();
        let mut samples = vec![Vec::with_capacity(self.rounds); count];
        for round in 0..self.rounds {
            for place in (round..round + count).map(|place| place % count) {
                let (name, contender) = self.contenders[place];
                let sample = (measure.sample)(contender);
                samples[place].push(sample.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?);
            }
        }
        Ok(samples)
    }
}

/// There is no ratio to what is next to nothing.
fn ratio(figure: f64, base: f64) -> Option<f64> {
    const NEXT_TO_NOTHING: f64 = 0.05;
    (base > NEXT_TO_NOTHING).then(|| figure / base)
}

fn cell(figure: Option<f64>, ratio: Option<f64>) -> String {
    match (figure, ratio) {
        (Some(figure), Some(ratio)) => format!("{}  {ratio:>5.2} ×", table::number(figure)),
        (Some(figure), None) => table::number(figure),
        (None, _) => "–".into(),
    }
}
