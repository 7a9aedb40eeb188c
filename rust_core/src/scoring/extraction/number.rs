//! Numbers, exact to the last digit: they are never made floating-point ones.

use super::Buffers;
use super::announcements::Announced;
use crate::cancellation::Pace;
use crate::scoring::fold::is_hyphen;
use crate::text::{is_alphanumeric, is_space};

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] =
    ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// How many digits either number of a fraction may have: as many as 64 bits hold.
const MOST_DIGITS: usize = 18;

/// A number as it is written, without separators.
#[derive(Debug, PartialEq, Eq)]
struct Number<'a> {
    is_negative: bool,
    /// Digits, perhaps with commas between them.
    whole: &'a str,
    fraction: &'a str,
    /// What it is divided by, if it is written as a fraction.
    divisor: &'a str,
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Whether the text before a number, up to a currency sign at its end, ends with a minus sign.
fn has_sign(before: &str) -> bool {
    let before = before.strip_suffix(['$', '£', '¥', '€']).unwrap_or(before);
    before.strip_suffix(is_hyphen).is_some_and(|rest| !rest.ends_with(is_alphanumeric))
}

/// The first number from `at` on, and where it ends.
fn next_number(text: &str, mut at: usize) -> Option<(Number<'_>, usize)> {
    let bytes = text.as_bytes();
    loop {
        at += bytes[at..].iter().position(|&b| b.is_ascii_digit() || b == b'.')?;
        let before = &text[..at];
        let is_inside_word = before.ends_with(is_alphanumeric);
        if bytes[at] == b'.' {
            let length = digits(&text[at + 1..]);
            if length == 0 || is_inside_word || before.ends_with('.') {
                at += 1;
                continue;
            }
            let fraction = &text[at + 1..at + 1 + length];
            let number =
                Number { is_negative: has_sign(before), whole: "0", fraction, divisor: "" };
            return Some((number, at + 1 + length));
        }
        let mut end = at + digits(&text[at..]);
        if is_inside_word {
            at = end;
            continue;
        }
        if end - at <= 3 {
            while bytes.get(end) == Some(&b',') && digits(&text[end + 1..]) == 3 {
                end += 4;
            }
        }
        let whole = &text[at..end];
        let length = if bytes.get(end) == Some(&b'.') { digits(&text[end + 1..]) } else { 0 };
        let fraction = if length > 0 { &text[end + 1..end + 1 + length] } else { "" };
        let end = if length > 0 { end + 1 + length } else { end };
        let divisor = divisor(text, at, end);
        let after = if divisor.is_empty() { end } else { end + 1 + divisor.len() };
        return Some((Number { is_negative: has_sign(before), whole, fraction, divisor }, after));
    }
}

/// What the whole number between these places is divided by: nothing, unless the two are a fraction
/// of plain integers, and no part of a date.
fn divisor(text: &str, start: usize, end: usize) -> &str {
    let bytes = text.as_bytes();
    let dividend = &bytes[start..end];
    let is_part = start >= 2 && bytes[start - 1] == b'/' && bytes[start - 2].is_ascii_digit();
    if bytes.get(end) != Some(&b'/')
        || is_part
        || dividend.len() > MOST_DIGITS
        || !dividend.iter().all(u8::is_ascii_digit)
    {
        return "";
    }
    let length = digits(&text[end + 1..]);
    let divisor = &text[end + 1..end + 1 + length];
    let rest = &text[end + 1 + length..];
    let goes_on = match rest.bytes().next() {
        Some(b'.' | b'/') => digits(&rest[1..]) > 0,
        Some(b',') => digits(&rest[1..]) == 3,
        _ => false,
    };
    let is_fraction = length <= MOST_DIGITS && divisor.bytes().any(|digit| digit != b'0');
    if is_fraction && !goes_on { divisor } else { "" }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Adds one to a number of digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

impl Number<'_> {
    /// Its one form: no needless zero or sign; rounded, halves to even, to `decimals` places, all
    /// of which are written.
    fn canonical(&self, decimals: Option<usize>) -> String {
        match (self.divisor.parse::<u64>(), self.whole.parse::<u64>()) {
            (Ok(divisor), Ok(dividend)) => self.divided(dividend, divisor, decimals),
            _ => self.rounded(decimals),
        }
    }

    /// The form of a fraction: its decimal one where that ends or is asked for, else in lowest terms.
    fn divided(&self, dividend: u64, divisor: u64, decimals: Option<usize>) -> String {
        let common = greatest_common_divisor(dividend, divisor);
        let (dividend, divisor) = (dividend / common, divisor / common);
        let mut factors = divisor;
        for prime in [2, 5] {
            while factors.is_multiple_of(prime) {
                factors /= prime;
            }
        }
        if factors > 1 && decimals.is_none() {
            return format!("{}{dividend}/{divisor}", if self.is_negative { "-" } else { "" });
        }
        let mut fraction = String::new();
        let mut rest = dividend % divisor;
        // What is left after the digit behind the last place decides a half: any digit says so.
        while rest > 0 && decimals.is_none_or(|places| fraction.len() <= places) {
            let ten = 10 * u128::from(rest);
            fraction.push(char::from(b'0' + (ten / u128::from(divisor)) as u8));
            rest = (ten % u128::from(divisor)) as u64;
        }
        if rest > 0 {
            fraction.push('1');
        }
        let whole = (dividend / divisor).to_string();
        let decimal = Number { whole: &whole, fraction: &fraction, divisor: "", ..*self };
        decimal.rounded(decimals)
    }

    fn rounded(&self, decimals: Option<usize>) -> String {
        let whole: Vec<u8> = self.whole.bytes().filter(|&byte| byte != b',').collect();
        let fraction = self.fraction.as_bytes();
        let trimmed = fraction.len() - fraction.iter().rev().take_while(|&&b| b == b'0').count();
        let places = decimals.unwrap_or(trimmed);
        let kept = places.min(fraction.len());
        let mut digits = whole;
        digits.extend(&fraction[..kept]);
        let rest = &fraction[kept..];
        let is_odd = digits.last().is_some_and(|digit| digit % 2 == 1);
        let is_up = match rest.first() {
            Some(b'5') => is_odd || rest[1..].iter().any(|&digit| digit != b'0'),
            Some(&digit) => digit > b'5',
            None => false,
        };
        if is_up {
            increment(&mut digits);
        }
        digits.extend(std::iter::repeat_n(b'0', places - kept));
        let point = digits.len() - places;
        let zeros = digits[..point].iter().take_while(|&&digit| digit == b'0').count();
        let start = zeros.min(point - 1);
        let mut text = String::with_capacity(digits.len() + 2);
        if self.is_negative && digits.iter().any(|&digit| digit != b'0') {
            text.push('-');
        }
        text.extend(digits[start..point].iter().map(|&digit| char::from(digit)));
        if places > 0 {
            text.push('.');
            text.extend(digits[point..].iter().map(|&digit| char::from(digit)));
        }
        text
    }
}

/// The numbers below a hundred that are written in words, in order.
fn in_words(text: &str) -> impl Iterator<Item = usize> {
    let position = |words: &[&str], word: &str| {
        words.iter().position(|known| word.eq_ignore_ascii_case(known))
    };
    let mut rest = text;
    let mut pace = Pace::default();
    let mut next_word = move || {
        let start = rest.find(is_alphanumeric)?;
        let (gap, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_alphanumeric(c)).unwrap_or(from.len()));
        if pace.is_cancelled_after(4 * (rest.len() - after.len())) {
            return None;
        }
        rest = after;
        let is_joined = gap == "-" || !gap.is_empty() && gap.chars().all(is_space);
        Some((word, is_joined))
    };
    let mut pending = None;
    std::iter::from_fn(move || {
        loop {
            let Some((word, is_joined)) = next_word() else {
                return pending.take();
            };
            let before: Option<usize> = pending.take();
            if let Some(unit) = position(&UNITS, word) {
                match before {
                    Some(tens) if is_joined && (1..10).contains(&unit) => {
                        return Some(tens + unit);
                    }
                    None => return Some(unit),
                    // Twenty is one number, and what comes now another.
                    Some(tens) => {
                        pending = Some(unit);
                        return Some(tens);
                    }
                }
            }
            pending = position(&TENS, word).map(|tens| 10 * (tens + 2));
            if before.is_some() {
                return before;
            }
        }
    })
}

/// The numbers of a text: those in digits or, if there are none, those in words.
fn pick(text: &str, decimals: Option<usize>, is_last: bool) -> Option<String> {
    let mut at = 0;
    let mut pace = Pace::default();
    let mut numbers = std::iter::from_fn(|| {
        let (number, end) = next_number(text, at)?;
        let is_cancelled = pace.is_cancelled_after(end - at + 16);
        at = end;
        (!is_cancelled).then_some(number)
    });
    let number = if is_last { numbers.last() } else { numbers.next() };
    if let Some(number) = number {
        return Some(number.canonical(decimals));
    }
    let mut words = in_words(text);
    let whole = if is_last { words.last() } else { words.next() }?.to_string();
    let number = Number { is_negative: false, whole: &whole, fraction: "", divisor: "" };
    Some(number.canonical(decimals))
}

/// The number that a text gives: where it announces its answer, else the last one in it.
pub fn number(text: &str, decimals: Option<usize>, buffers: &mut Buffers) -> Option<String> {
    Announced::new(text, buffers)
        .find(|part| pick(part, decimals, false), |part| pick(part, decimals, true))
        .or_else(|| pick(text, decimals, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_meant() {
        for (text, decimals, expected) in [
            ("The answer is -24.", None, Some("-24")),
            ("= −1,234.50", None, Some("-1234.5")),
            ("from 3 to 5-7", None, Some("7")),
            ("It costs -$0.50 now", None, Some("-0.5")),
            ("Answer: 5, not 6", None, Some("5")),
            ("5 is the correct answer. I am 7", None, Some("5")),
            ("2.5", Some(0), Some("2")),
            ("-0.4", Some(0), Some("0")),
            ("999.95", Some(1), Some("1000.0")),
            ("twenty-one days, ten hours", None, Some("10")),
            ("The answer is Twenty one.", Some(1), Some("21.0")),
            ("007 and .50", None, Some("0.5")),
            ("It is 3/4.", None, Some("0.75")),
            ("-6/8 of 100", None, Some("100")),
            ("Answer: -2/6 or so", None, Some("-1/3")),
            ("2/3", Some(2), Some("0.67")),
            ("1/8", Some(2), Some("0.12")),
            ("on 3/4/2020", None, Some("2020")),
            ("3/0, 1.5/2, 1/2,000", None, Some("2000")),
            ("none", None, None),
        ] {
            let found = number(text, decimals, &mut Buffers::default());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn tens_and_units_join_only_when_they_are_next_to_each_other() {
        let all = |text| in_words(text).collect::<Vec<_>>();
        assert_eq!(all("twenty, one twenty two thirty ten fifty"), [20, 1, 22, 30, 10, 50]);
    }
}
