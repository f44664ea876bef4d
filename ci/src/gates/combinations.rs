//! Which features are built together.

/// None, each alone, every pair, and all of them; each combination once.
pub(super) fn of(features: &[String]) -> Vec<Vec<&str>> {
    let mut combinations: Vec<Vec<&str>> = vec![Vec::new()];
    combinations.extend(features.iter().map(|feature| vec![feature.as_str()]));
    for (index, one) in features.iter().enumerate() {
        combinations.extend(
            features[index + 1..]
                .iter()
                .map(|other| vec![one.as_str(), other.as_str()]),
        );
    }
    if features.len() > 2 {
        combinations.push(features.iter().map(String::as_str).collect());
    }
    combinations
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_combination_comes_once() {
        let names = |names: &str| names.chars().map(String::from).collect::<Vec<_>>();
        let joined = |names: &[String]| of(names).iter().map(|names| names.concat()).collect::<Vec<_>>();
        assert_eq!(joined(&names("")), [""]);
        assert_eq!(joined(&names("ab")), ["", "a", "b", "ab"]);
        assert_eq!(joined(&names("abc")), ["", "a", "b", "c", "ab", "ac", "bc", "abc"]);
    }
}
