//! Rows of aligned columns, printed as they come.

/// Which side of its column a text stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// The columns' titles and widths. Nothing in them takes more than one cell a character.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    columns: [(&'static str, Side, usize); N],
}

impl<const N: usize> Table<N> {
    /// Columns as wide as their titles or as the number given, whichever is more.
    pub(crate) fn new(columns: [(&'static str, Side, usize); N]) -> Table<N> {
        let columns = columns.map(|(title, side, width)| (title, side, width.max(length(title))));
        Table { columns }
    }

    pub(crate) fn header(&self) -> String {
        self.row(self.columns.map(|(title, ..)| title.to_owned()))
    }

    /// One line, without its end. A text that is too long for its column pushes the others on.
    pub(crate) fn row(&self, cells: [String; N]) -> String {
        let mut line = String::new();
        for ((_, side, width), cell) in self.columns.iter().zip(&cells) {
            let padding = " ".repeat(width.saturating_sub(length(cell)));
            line += "  ";
            line += &match side {
                Side::Left => format!("{cell}{padding}"),
                Side::Right => format!("{padding}{cell}"),
            };
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align() {
        let table = Table::new([
            ("what", Side::Left, 6),
            ("CPU, µs", Side::Right, 0),
            ("", Side::Left, 0),
        ]);
        assert_eq!(table.header(), "  what    CPU, µs");
        let row = |cells: [&str; 3]| table.row(cells.map(str::to_owned));
        assert_eq!(row(["a", "4.6 µs", "ok"]), "  a        4.6 µs  ok");
        assert_eq!(row(["too long", "–", ""]), "  too long        –");
    }
}
