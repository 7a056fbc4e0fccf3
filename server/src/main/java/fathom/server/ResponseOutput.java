package fathom.server;

import fathom.tokenizer.ReplyPart;
import java.util.Locale;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The output of a response as it grows: items of reasoning, text and calls, and the events that
/// tell of them.
final class ResponseOutput {
  private final BiConsumer<String, ObjectNode> events;
  private final ArrayNode items = Json.array();
  private final StringBuilder text = new StringBuilder();
  private @Nullable ObjectNode item;
  private Kind kind = Kind.MESSAGE;

  /// @param events gets each event's type and what it says
  ResponseOutput(BiConsumer<String, ObjectNode> events) {
    this.events = events;
  }

  /// What an item is, and how its events and fields are called.
  private enum Kind {
    REASONING("rs_", "reasoning_text"),
    MESSAGE("msg_", "output_text"),
    CALL("fc_", "function_call_arguments");

    private final String prefix;
    private final String section;

    Kind(String prefix, String section) {
      this.prefix = prefix;
      this.section = section;
    }

    /// An item's part with this text.
    private ObjectNode part(String text) {
      ObjectNode part = Json.object().put("type", section).put("text", text);
      if (this == MESSAGE) {
        part.putArray("annotations");
        part.putArray("logprobs");
      }
      return part;
    }
  }

  /// Finished items.
  ArrayNode items() {
    return items;
  }

  void add(ReplyPart part) {
    switch (part) {
      case ReplyPart.Reasoning reasoning -> {
        open(Kind.REASONING);
        delta(reasoning.text());
      }
      case ReplyPart.Content content -> {
        open(Kind.MESSAGE);
        delta(content.text());
      }
      case ReplyPart.CallBegin begin -> {
        close("completed");
        item =
            item(Kind.CALL)
                .put("type", "function_call")
                .put("call_id", ChoiceBuilder.callId(begin.index()))
                .put("name", begin.name())
                .put("arguments", "");
        added();
      }
      case ReplyPart.CallArguments arguments -> delta(arguments.fragment());
      case ReplyPart.CallEnd _ -> close("completed");
    }
  }

  private ObjectNode item(Kind wanted) {
    kind = wanted;
    text.setLength(0);
    return Json.object()
        .put("id", wanted.prefix + UUID.randomUUID().toString().replace("-", ""))
        .put("status", "in_progress");
  }

  private void open(Kind wanted) {
    if (item != null && kind == wanted) {
      return;
    }
    close("completed");
    ObjectNode opened = item(wanted).put("type", wanted.name().toLowerCase(Locale.ROOT));
    if (wanted == Kind.MESSAGE) {
      opened.put("role", "assistant");
    } else {
      opened.putArray("summary");
    }
    opened.putArray("content");
    item = opened;
    added();
    ObjectNode event = place(opened).put("content_index", 0);
    event.set("part", wanted.part(""));
    events.accept("response.content_part.added", event);
  }

  private void added() {
    ObjectNode event = Json.object().put("output_index", items.size());
    event.set("item", item);
    events.accept("response.output_item.added", event);
  }

  private ObjectNode place(ObjectNode of) {
    return Json.object().put("item_id", of.path("id").asString()).put("output_index", items.size());
  }

  private void delta(String more) {
    ObjectNode open = item;
    if (open == null) {
      return;
    }
    text.append(more);
    ObjectNode event = place(open).put("delta", more);
    if (kind != Kind.CALL) {
      event.put("content_index", 0);
    }
    if (kind == Kind.MESSAGE) {
      event.putArray("logprobs");
    }
    events.accept("response." + kind.section + ".delta", event);
  }

  /// Ends the item that is open, if one is.
  ///
  /// @param status `completed` or `incomplete`
  void close(String status) {
    ObjectNode open = item;
    if (open == null) {
      return;
    }
    ObjectNode done = place(open);
    if (kind == Kind.CALL) {
      open.put("arguments", text.toString());
      events.accept(
          "response.function_call_arguments.done",
          done.put("arguments", text.toString()).put("name", open.path("name").asString()));
    } else {
      closePart(open, done.put("content_index", 0));
    }
    open.put("status", status);
    ObjectNode event = Json.object().put("output_index", items.size());
    event.set("item", open);
    items.add(open);
    item = null;
    events.accept("response.output_item.done", event);
  }

  private void closePart(ObjectNode open, ObjectNode done) {
    ObjectNode partDone = done.deepCopy();
    done.put("text", text.toString());
    if (kind == Kind.MESSAGE) {
      done.putArray("logprobs");
    }
    events.accept("response." + kind.section + ".done", done);
    ObjectNode part = kind.part(text.toString());
    partDone.set("part", part);
    events.accept("response.content_part.done", partDone);
    open.withArray("content").add(part);
  }
}
