package fathom.evaluation;

/// A generated task together with its worked solution.
///
/// @param task the question and its checker
/// @param solution a right way to answer it
/// @param operands the text whose hash decides the split
public record Problem(Task task, WorkedSolution solution, String operands) {}
