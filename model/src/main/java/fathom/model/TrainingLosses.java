package fathom.model;

/// The losses of one training pass.
///
/// @param crossEntropy mean over the rows with a target, by weight, in nats
/// @param draftCrossEntropy the same of multi-token prediction, mean over the modules; without λ
/// @param balance the balance loss of all routers, with α
/// @param zLoss the z-loss, with its factor
/// @param total what the gradients are of: all of these, multi-token prediction times λ
public record TrainingLosses(
    double crossEntropy, double draftCrossEntropy, double balance, double zLoss, double total) {}
