package fathom.evaluation.families;

import fathom.evaluation.Checker;
import fathom.evaluation.MathChecker;
import fathom.evaluation.TaskFamily;
import java.util.List;
import java.util.random.RandomGenerator;

/// Word problems of one to three steps from a grammar: plots, each with several wordings, filled
/// with names, things, places and numbers.
final class WordProblemFamily {
  private static final Checker MATH = new MathChecker();
  private static final List<String> NAMES =
      List.of(
          "Ann", "Ben", "Cara", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ivy", "Jack", "Kim", "Leo",
          "Mia", "Noah", "Olga", "Paul", "Rosa", "Sam", "Tom", "Vera");
  private static final List<String> THINGS =
      List.of(
          "eggs",
          "apples",
          "pencils",
          "books",
          "cards",
          "marbles",
          "cookies",
          "stamps",
          "oranges",
          "coins",
          "stickers",
          "shells",
          "candies",
          "buttons",
          "balls",
          "pens",
          "toys",
          "flowers",
          "stones",
          "cups",
          "keys",
          "plates",
          "bottles",
          "chairs",
          "cakes",
          "nuts",
          "photos",
          "lemons",
          "beads",
          "roses");
  private static final List<String> BOXES =
      List.of("box", "bag", "basket", "crate", "jar", "pack", "tray");
  private static final List<String> PEOPLE =
      List.of("children", "friends", "students", "workers", "players");

  /// A plot: fills the story and returns the answer.
  @FunctionalInterface
  private interface Telling {
    int tell(Story story);
  }

  /// A plot with its wordings and the unit of its answer.
  private record Plot(
      String name, int easiest, Phrasings phrasings, String unit, Telling telling) {}

  private static final List<Plot> PLOTS =
      List.of(
          new Plot(
              "boxes",
              1,
              Phrasings.of(
                  1,
                  "A {box} holds {a} {things}. How many {things} are in {b} {boxes}?",
                  "There are {a} {things} in each {box}. How many {things} are in {b} {boxes}?",
                  "{name} has {b} {boxes} with {a} {things} in each {box}. How many {things} does {name} have?",
                  "How many {things} are in {b} {boxes} if each {box} holds {a} {things}?",
                  "{name} fills {b} {boxes}. Each {box} holds {a} {things}. How many {things} is that?",
                  "{name} has {b} {boxes}. Each {box} holds {a} {things}. How many {things} does {name} have?"),
              "{things}",
              s ->
                  s.multiply(
                      "{things} in {b} {boxes}", s.number("a", 2, 40), s.number("b", 2, 30))),
          new Plot(
              "gain",
              1,
              Phrasings.of(
                  1,
                  "{name} has {a} {things} and buys {b} more. How many {things} does {name} have now?",
                  "{name} has {a} {things}. {other} gives {name} {b} more. How many {things} does {name} have now?",
                  "There are {a} {things} in a {box}. {name} puts in {b} more. How many {things} are in the {box} now?",
                  "{name} has {a} {things}. {name} finds {b} more. How many {things} does {name} have in all?",
                  "{other} has {b} {things} and gives all of them to {name}. {name} had {a}. How many {things} does {name} have now?",
                  "{name} has {a} {things}. {name} buys {b} more. How many {things} does {name} have now?"),
              "{things}",
              s -> s.add("{things} now", s.number("a", 3, 400), s.number("b", 3, 400))),
          new Plot(
              "loss",
              1,
              Phrasings.of(
                  1,
                  "{name} has {a} {things} and gives {b} to {other}. How many {things} does {name} have left?",
                  "There are {a} {things} in a {box}. {name} takes {b}. How many {things} are left?",
                  "{name} had {a} {things} and lost {b}. How many {things} are left?",
                  "{name} has {a} {things}. {name} gives away {b}. How many {things} does {name} have left?",
                  "{name} has {a} {things}. {other} takes {b} of them. How many {things} are left?",
                  "{name} gives {b} of {a} {things} to {other}. How many {things} are left?",
                  "{name} had {a} {things}. {name} lost {b} of them. How many {things} does {name} have now?",
                  "{name} has {a} {things}. {name} gives {b} to {other}. How many {things} are left?"),
              "{things}",
              s -> {
                int b = s.number("b", 2, 200);
                int rest = s.number("hidden", 2, 200);
                return s.subtract("{things} left", s.set("a", b + rest), b);
              }),
          new Plot(
              "share",
              1,
              Phrasings.of(
                  1,
                  "{name} shares {a} {things} equally among {b} {people}. How many {things} does each get?",
                  "{a} {things} are shared equally by {b} {people}. How many {things} does each of them get?",
                  "{a} {things} are packed equally in {b} {boxes}. How many {things} are in each {box}?",
                  "{b} {people} share {a} {things} equally. How many {things} does each get?",
                  "There are {a} {things} for {b} {people}. They share equally. How many does each of them get?",
                  "{a} {things} are shared equally among {b} {people}. How many does each get?"),
              "{things}",
              s -> {
                int b = s.number("b", 2, 9);
                return s.divide("{things} for each", s.set("a", b * s.number("hidden", 2, 90)), b);
              }),
          new Plot(
              "cost",
              1,
              Phrasings.of(
                  1,
                  "One ticket costs {a} dollars. How much do {b} tickets cost?",
                  "{name} buys {b} tickets for {a} dollars each. How much does {name} pay?",
                  "A ticket costs {a} dollars. {name} buys {b} tickets. How much does {name} pay?",
                  "Each ticket costs {a} dollars. How many dollars does {name} pay for {b} tickets?",
                  "How much are {b} tickets if each ticket costs {a} dollars?",
                  "{name} buys {b} tickets. Each ticket costs {a} dollars. How much does {name} pay?"),
              "dollars",
              s -> s.multiply("cost of {b} tickets", s.number("a", 2, 40), s.number("b", 2, 20))),
          new Plot(
              "travel",
              1,
              Phrasings.of(
                  1,
                  "A train travels {a} kilometers each hour. How far does it travel in {b} hours?",
                  "A car drives at {a} kilometers per hour. How many kilometers does it drive in {b} hours?",
                  "{name} drives {a} kilometers each hour for {b} hours. How many kilometers is that?",
                  "In each hour a car drives {a} kilometers. How far does it drive in {b} hours?",
                  "How many kilometers does a train travel in {b} hours if it travels {a} kilometers each hour?",
                  "A car drives {a} kilometers each hour. How far does it drive in {b} hours?"),
              "kilometers",
              s ->
                  s.multiply(
                      "kilometers in {b} hours", s.number("a", 5, 120), s.number("b", 2, 12))),
          new Plot(
              "change",
              2,
              Phrasings.of(
                  1,
                  "{name} buys {b} tickets for {a} dollars each and pays with {c} dollars. How much change does {name} get?",
                  "A ticket costs {a} dollars. {name} buys {b} tickets and pays with {c} dollars. How much change does {name} get?",
                  "{name} has {c} dollars and buys {b} tickets for {a} dollars each. How much money is left?",
                  "{name} has {c} dollars. A ticket costs {a} dollars. {name} buys {b} tickets. How much is left?",
                  "{name} pays with {c} dollars for {b} tickets. Each ticket costs {a} dollars. How much change does {name} get?",
                  "Tickets are {a} dollars each. {name} has {c} dollars and buys {b} of them. How much money is left?",
                  "A ticket costs {a} dollars. {name} has {c} dollars and buys {b} tickets. How much money is left?"),
              "dollars",
              s -> {
                int cost = s.multiply("cost", s.number("a", 2, 20), s.number("b", 2, 9));
                return s.subtract("change", s.set("c", (cost / 50 + 1) * 50), cost);
              }),
          new Plot(
              "eaten",
              2,
              Phrasings.of(
                  1,
                  "{name} has {b} {boxes} of {a} {things} and gives away {c} {things}. How many {things} are left?",
                  "There are {b} {boxes} with {a} {things} in each {box}. {name} takes {c} {things}. How many {things} are left?",
                  "A {box} holds {a} {things}. {name} has {b} {boxes} and loses {c} {things}. How many {things} are left?",
                  "{name} has {b} {boxes}. Each {box} holds {a} {things}. {name} gives away {c} {things}. How many {things} are left?",
                  "Each {box} holds {a} {things}. {name} buys {b} {boxes} and gives {c} {things} to {other}. How many {things} does {name} have left?",
                  "A {box} holds {a} {things}. {name} has {b} {boxes} and gives away {c} {things}. How many {things} are left?"),
              "{things}",
              s -> {
                int all = s.multiply("all {things}", s.number("a", 3, 20), s.number("b", 2, 12));
                return s.subtract("{things} left", all, s.number("c", 1, 5));
              }),
          new Plot(
              "more-than",
              2,
              Phrasings.of(
                  1,
                  "{name} has {a} {things}. {other} has {b} more than {name}. How many {things} do they have together?",
                  "{other} has {b} more {things} than {name}. {name} has {a} {things}. How many do they have together?",
                  "{name} has {a} {things} and {other} has {b} more than {name}. How many {things} do they have in all?",
                  "{name} has {a} {things}. {other} has {b} {things} more. How many do they have in all?",
                  "{name} has {a} {things} and {other} has {b} more than {name}. How many do they have together?"),
              "{things}",
              s -> {
                int a = s.number("a", 3, 150);
                return s.add("together", a, s.add("{things} of {other}", a, s.number("b", 2, 99)));
              }),
          new Plot(
              "times-as-many",
              2,
              Phrasings.of(
                  1,
                  "{name} has {a} {things}. {other} has {b} times as many. How many {things} do they have together?",
                  "{other} has {b} times as many {things} as {name}. {name} has {a} {things}. How many do they have together?",
                  "{name} has {a} {things} and {other} has {b} times as many. How many {things} do they have in all?",
                  "{name} has {a} {things}. {other} has {b} times as many {things} as {name}. How many do they have in all?",
                  "{name} has {a} {things} and {other} has {b} times as many. How many do they have together?"),
              "{things}",
              s -> {
                int a = s.number("a", 3, 90);
                int other = s.multiply("{things} of {other}", a, s.number("b", 2, 9));
                return s.add("together", a, other);
              }),
          new Plot(
              "earning",
              2,
              Phrasings.of(
                  1,
                  "{name} earns {a} dollars per hour and wants {c} dollars. {name} already has {d} dollars. How many hours must {name} work?",
                  "{name} has {d} dollars and earns {a} dollars per hour. How many hours must {name} work to have {c} dollars?",
                  "{name} already has {d} dollars and wants {c} dollars. {name} earns {a} dollars per hour. How many hours must {name} work?",
                  "{name} wants {c} dollars and has {d} dollars. {name} earns {a} dollars each hour. How many hours must {name} work?",
                  "How many hours must {name} work to have {c} dollars? {name} has {d} dollars and earns {a} dollars per hour.",
                  "{name} has {d} dollars and wants {c} dollars. {name} earns {a} dollars per hour. How many hours must {name} work?"),
              "hours",
              s -> {
                int a = s.number("a", 5, 25);
                int saved = s.number("d", 5, 90);
                int goal = s.set("c", saved + a * s.number("hidden", 2, 15));
                return s.divide("hours", s.subtract("still needed", goal, saved), a);
              }),
          new Plot(
              "seats",
              2,
              Phrasings.of(
                  1,
                  "A hall has {b} rows with {a} seats in each row. {c} seats are taken. How many seats are free?",
                  "There are {b} rows of {a} seats in a hall and {c} seats are taken. How many seats are free?",
                  "A hall has {b} rows of {a} seats. {c} {people} take a seat. How many seats are free?",
                  "There are {b} rows in a hall. Each row has {a} seats. {c} seats are taken. How many seats are free?",
                  "How many seats are free in a hall of {b} rows with {a} seats if {c} seats are taken?",
                  "A hall has {b} rows of {a} seats and {c} seats are taken. How many seats are free?"),
              "seats",
              s -> {
                int all = s.multiply("all seats", s.number("a", 5, 30), s.number("b", 3, 20));
                return s.subtract("free seats", all, s.number("c", 2, 14));
              }),
          new Plot(
              "pages",
              3,
              Phrasings.of(
                  1,
                  "A book has {c} pages. {name} reads {a} pages each day for {b} days. How many pages are left?",
                  "{name} reads {a} pages of a book each day for {b} days. The book has {c} pages. How many pages are left?",
                  "{name} has a book of {c} pages and reads {a} pages each day. How many pages are left after {b} days?",
                  "{name} reads {a} pages each day. The book has {c} pages. How many pages are left after {b} days?",
                  "A book has {c} pages. How many are left after {b} days if {name} reads {a} pages each day?",
                  "A book has {c} pages. {name} reads {a} pages each day. How many pages are left after {b} days?"),
              "pages",
              s -> {
                int read =
                    s.multiply("pages in {b} days", s.number("a", 4, 40), s.number("b", 2, 14));
                return s.subtract(
                    "pages left", s.set("c", read + s.number("hidden", 5, 150)), read);
              }),
          new Plot(
              "average",
              3,
              Phrasings.of(
                  1,
                  "{name} scored {a}, {b} and {c} points in three games. What is the average?",
                  "What is the average of {a}, {b} and {c}?",
                  "{name} got {a}, {b} and {c} points. What is the average of the points?",
                  "In three games {name} got {a}, {b} and {c} points. Find the average.",
                  "{name} got {a}, {b} and {c} points in three games. What is the average?"),
              "",
              s -> {
                int average = s.number("hidden", 10, 90);
                int shift = s.number("shift", 1, 8);
                int spread = s.number("spread", 1, 8);
                int a = s.set("a", average - shift);
                int b = s.set("b", average + spread);
                int c = s.set("c", 3 * average - a - b);
                return s.divide("average", s.add("all", s.add("first two", a, b), c), 3);
              }),
          new Plot(
              "garden",
              3,
              Phrasings.of(
                  1,
                  "A garden is {a} meters long and {b} meters wide. How many meters of fence go around it?",
                  "A rectangle is {a} meters long and {b} meters wide. What is its perimeter in meters?",
                  "How many meters of fence go around a garden that is {a} meters long and {b} meters wide?",
                  "A rectangle is {a} meters long and {b} meters wide. How many meters is it around?",
                  "What is the perimeter in meters of a garden that is {a} meters long and {b} meters wide?",
                  "A garden is {a} meters long and {b} meters wide. What is its perimeter in meters?"),
              "meters",
              s ->
                  s.multiply(
                      "twice that",
                      2,
                      s.add("long and wide", s.number("a", 5, 90), s.number("b", 3, 60)))),
          new Plot(
              "discount",
              4,
              Phrasings.of(
                  1,
                  "A coat costs {a} dollars. It is sold for {b}% less. What is the new price?",
                  "The price of a coat is {a} dollars. {name} gets {b}% off. How much does {name} pay?",
                  "A coat costs {a} dollars and is sold for {b}% less. How much does {name} pay?",
                  "The price of a coat was {a} dollars. Now it costs {b}% less. What is the new price?",
                  "{name} buys a coat for {b}% less. It costs {a} dollars. How much does {name} pay?",
                  "The price of a coat is {a} dollars. It is sold for {b}% less. What is the new price?"),
              "dollars",
              s -> {
                int price = s.set("a", 10 * s.number("hidden", 2, 40));
                int tenths = s.number("tenths", 1, 5);
                s.set("b", 10 * tenths);
                int tenth = s.divide("10% of {a}", price, 10);
                return s.subtract("new price", price, s.multiply("{b}% of {a}", tenth, tenths));
              }),
          new Plot(
              "two-kinds",
              4,
              Phrasings.of(
                  1,
                  "{name} buys {a} pens for {b} dollars each and {c} caps for {d} dollars each. How much does {name} pay?",
                  "A pen costs {b} dollars and a cap costs {d} dollars. How much do {a} pens and {c} caps cost?",
                  "A pen costs {b} dollars and a cap costs {d} dollars. {name} buys {a} pens and {c} caps. How much does {name} pay?",
                  "{name} buys {a} pens for {b} dollars each. {name} buys {c} caps for {d} dollars each. How much is that?",
                  "How much do {a} pens and {c} caps cost if a pen costs {b} dollars and a cap {d} dollars?",
                  "{name} buys {a} pens and {c} caps. A pen costs {b} dollars and a cap costs {d} dollars. How much does {name} pay?"),
              "dollars",
              s -> {
                int pens = s.multiply("{a} pens", s.number("b", 2, 9), s.number("a", 2, 20));
                int caps = s.multiply("{c} caps", s.number("d", 5, 30), s.number("c", 2, 9));
                return s.add("together", pens, caps);
              }),
          new Plot(
              "twice-given",
              5,
              Phrasings.of(
                  1,
                  "{name} has {b} {boxes} of {a} {things}, gives {c} to {other} and shares the rest equally among {d} {people}. How many {things} does each of them get?",
                  "A {box} holds {a} {things}. {name} has {b} {boxes}, loses {c} {things} and shares the rest equally among {d} {people}. How many does each get?",
                  "{name} has {b} {boxes}. Each {box} holds {a} {things}. {name} gives {c} to {other} and shares the rest equally among {d} {people}. How many {things} does each get?",
                  "{name} has {b} {boxes} with {a} {things} in each {box}, gives away {c} and shares the rest equally among {d} {people}. How many does each of them get?",
                  "A {box} holds {a} {things}. {name} has {b} {boxes}, gives {c} to {other} and shares the rest equally among {d} {people}. How many does each get?"),
              "{things}",
              s -> {
                int all = s.multiply("all {things}", s.number("a", 4, 20), s.number("b", 3, 9));
                int people = s.number("d", 2, 6);
                int lost = s.set("c", all % people + people);
                return s.divide("for each", s.subtract("the rest", all, lost), people);
              }));

  private WordProblemFamily() {}

  static TaskFamily create() {
    return new DraftedFamily("word-problems", WordProblemFamily::draft);
  }

  private static Draft draft(int difficulty, RandomGenerator random) {
    List<Plot> plots = PLOTS.stream().filter(plot -> plot.easiest() <= difficulty).toList();
    Plot plot = Draws.one(plots, random);
    Story story = new Story(difficulty, random);
    story.word("name", NAMES);
    story.word("other", NAMES);
    story.word("things", THINGS);
    story.word("people", PEOPLE);
    story.word("box", BOXES);
    String box = String.valueOf(story.slots().get("box"));
    story.slots().put("boxes", box.equals("box") ? "boxes" : box + "s");
    int answer = plot.telling().tell(story);
    String unit = Phrasings.fill(plot.unit(), story.slots());
    String sentence = unit.isEmpty() ? "%d" : "%d " + unit;
    return new Draft(
        plot.name() + ":" + story.operands(),
        plot.phrasings(),
        story.slots(),
        String.valueOf(answer),
        story.steps(),
        "The answer is " + sentence.formatted(answer) + ".",
        MATH);
  }
}
