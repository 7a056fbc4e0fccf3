package fathom.training;

/// What became of the text.
///
/// @param documents documents read
/// @param empty of these, dropped because nothing was left of them
/// @param exactCopies of these, dropped as copies
/// @param nearCopies of these, dropped as near copies
/// @param characters characters of the documents that were kept
/// @param trainingTokens tokens to learn from
/// @param validationTokens tokens held out
public record PreparationReport(
    long documents,
    long empty,
    long exactCopies,
    long nearCopies,
    long characters,
    long trainingTokens,
    long validationTokens) {}
