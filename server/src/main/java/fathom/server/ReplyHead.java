package fathom.server;

import tools.jackson.databind.node.ObjectNode;

/// The fields with which every DeepSeek answer and chunk begins.
record ReplyHead(String id, String object, long created, String model, String fingerprint) {
  /// The same under another kind of object.
  ReplyHead as(String kind) {
    return new ReplyHead(id, kind, created, model, fingerprint);
  }

  /// A new object that begins with these fields.
  ObjectNode node() {
    return Json.object()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", fingerprint);
  }
}
