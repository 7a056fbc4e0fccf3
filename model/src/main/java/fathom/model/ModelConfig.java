package fathom.model;

/// A model's shape, named after `config.json`.
///
/// @param vocabularySize rows of the embedding (`vocab_size`)
/// @param hiddenSize width of the residual stream (`hidden_size`)
/// @param layers decoder layers, without multi-token prediction (`num_hidden_layers`)
/// @param maxPositions longest context (`max_position_embeddings`)
public record ModelConfig(int vocabularySize, int hiddenSize, int layers, int maxPositions) {}
