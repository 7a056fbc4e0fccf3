package fathom.evaluation;

/// The rates of some tasks.
///
/// @param tasks how many tasks
/// @param passAt1 the mean share of right answers, leniently scored
/// @param ci95 its interval
/// @param strict the mean share of right answers in the asked form
/// @param strictCi95 its interval
/// @param complete the share of answers that ended by themselves in the asked form, right or wrong
public record Rates(
    int tasks,
    double passAt1,
    Interval ci95,
    double strict,
    Interval strictCi95,
    double complete) {}
