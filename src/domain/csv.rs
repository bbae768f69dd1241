//! CSV as RFC 4180 has it, in UTF-8, safe to open in a spreadsheet.

/// Appends one row to `csv`.
pub fn push_row<'a>(csv: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        push_cell(csv, cell);
    }
    csv.push_str("\r\n");
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe before it, which shows
/// it as text; a plain number, signed or not, stays one, and so does a dash that stands for nothing.
fn push_cell(csv: &mut String, cell: &str) {
    let starts = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let is_dash = cell == "-" || cell.starts_with("-;");
    let formula = starts && !is_dash && cell.parse::<f64>().is_err();
    if !formula && !cell.contains([',', '"', '\r', '\n']) {
        csv.push_str(cell);
        return;
    }
    csv.push('"');
    if formula {
        csv.push('\'');
    }
    csv.push_str(&cell.replace('"', "\"\""));
    csv.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> String {
        let mut csv = String::new();
        push_row(&mut csv, cells.iter().copied());
        csv
    }

    #[test]
    fn rows_are_quoted_where_rfc_4180_says() {
        assert_eq!(row(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            row(&["a,b", "say \"x\"", "two\nlines"]),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        for cell in ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t=1"] {
            assert!(row(&[cell]).starts_with("\"'"), "{cell}");
        }
        assert_eq!(row(&["-1.5", "+3", "1=1", "-", "-; 80%"]), "-1.5,+3,1=1,-,-; 80%\r\n");
    }
}
