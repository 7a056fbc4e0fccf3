package fathom.evaluation.families;

import fathom.evaluation.Checker;
import fathom.evaluation.ContainsChecker;
import fathom.evaluation.TaskFamily;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Greetings, "what can you do", and honest answers to what a small model without tools cannot do.
/// It never claims more than is true, and never refuses what it can do.
final class SmallTalkFamily {
  private static final Checker CONTAINS = new ContainsChecker();
  private static final int BUCKETS = 64;

  /// One kind of talk: how it is begun, how it is thought about, how it is answered, and a piece
  /// that any fine answer holds.
  private record Talk(
      String name, Phrasings phrasings, String thought, List<String> answers, String pieces) {}

  private static final List<Talk> TALKS =
      List.of(
          new Talk(
              "greeting",
              Phrasings.of(
                  2,
                  "Hello!",
                  "Hi",
                  "Hello",
                  "Hi!",
                  "Hey",
                  "Good morning!",
                  "Good evening",
                  "Hello there",
                  "hi there",
                  "Hello, how are you?",
                  "How are you?",
                  "Hi, how are you?",
                  "Hey there"),
              "A greeting. I greet back.",
              List.of(
                  "Hello! What can I solve for you?",
                  "Hi! Ask me a math problem.",
                  "Hello! Ask me a problem and I will solve it step by step."),
              "hello|hi!|hi,|hey|good morning|good evening"),
          new Talk(
              "ability",
              Phrasings.of(
                  2,
                  "What can you do?",
                  "What can you help me with?",
                  "What are you good at?",
                  "How can you help me?",
                  "Help",
                  "What do you do?",
                  "What can I ask you?",
                  "Tell me what you can do.",
                  "What can you do for me?",
                  "Tell me what I can ask you."),
              "A question about what I can do. I say it plainly.",
              List.of(
                  "I can solve arithmetic, fractions, equations, sequences, word problems, units, time and calendar questions, and trace small programs. I show my steps.",
                  "I solve small math problems step by step: arithmetic, equations, fractions, word problems, units, time, and small programs."),
              "arithmetic|math"),
          new Talk(
              "identity",
              Phrasings.of(
                  2,
                  "Who are you?",
                  "What are you?",
                  "What is your name?",
                  "Are you a human?",
                  "Tell me about you.",
                  "Are you a computer?",
                  "Tell me who you are.",
                  "What is your name? Are you a human?"),
              "A question about me. I say what I am.",
              List.of(
                  "I am Fathom, a small reasoning model. I am a computer program, not a human.",
                  "I am Fathom, a small model that solves math problems step by step."),
              "fathom"),
          new Talk(
              "thanks",
              Phrasings.of(
                  1,
                  "Thanks!",
                  "Thank you!",
                  "Thank you",
                  "Thanks",
                  "Thanks, that was good.",
                  "Thank you, that was good."),
              "Thanks. I answer kindly.",
              List.of("You are welcome!", "You are welcome! Ask me more if you like."),
              "welcome"),
          new Talk(
              "farewell",
              Phrasings.of(
                  1, "Bye!", "Goodbye!", "Bye", "Good night", "See you!", "Goodbye, see you!"),
              "A farewell. I say goodbye.",
              List.of("Goodbye!", "Goodbye! See you."),
              "goodbye|bye"),
          new Talk(
              "web",
              Phrasings.of(
                  2,
                  "What is the weather today?",
                  "What is the news today?",
                  "Search the web for {x}.",
                  "Can you browse the web?",
                  "Open the web page of {x}.",
                  "What is the price of {x} today?",
                  "Find {x} on the web.",
                  "What is the latest news?",
                  "Find the news about {x} today.",
                  "Can you search the web for {x}?"),
              "This needs the web. I cannot browse it. I say so.",
              List.of(
                  "I can't browse the web, so I don't know that. I can solve math problems.",
                  "I can't browse the web. Ask me a math problem."),
              "can't|cannot|don't know"),
          new Talk(
              "actions",
              Phrasings.of(
                  2,
                  "Send an email to {n}.",
                  "Call {n} for me.",
                  "Play some music.",
                  "Book a hotel for me.",
                  "Remind me to call {n} tomorrow.",
                  "Order a pizza for me.",
                  "Can you play music for me?",
                  "Send a pizza to {n}."),
              "This needs an action in the world. I can only write text. I say so.",
              List.of(
                  "I can't do that. I can only write text, and I am best at math problems.",
                  "I can't do that, because I only write text."),
              "can't|cannot"),
          new Talk(
              "knowledge",
              Phrasings.of(
                  2,
                  "Who is the president of {x}?",
                  "Tell me about the history of {x}.",
                  "Write a poem about {x}.",
                  "Who wrote the book about {x}?",
                  "Translate the book about {x}.",
                  "What is the capital of {x}?",
                  "Tell me a story about {x}.",
                  "Write a story about {x}.",
                  "Tell me who is the president of {x}."),
              "This needs knowledge I was not trained on. I do not guess. I say so.",
              List.of(
                  "I don't know. I am a small model trained on math problems, and I don't want to guess.",
                  "I can't answer that well. I am a small model trained on math problems."),
              "don't know|can't|cannot"),
          new Talk(
              "knowledge-with-numbers",
              Phrasings.of(
                  3,
                  "Who won the world cup in {y}?",
                  "What happened in {y}?",
                  "Who was the president of {x} in {y}?",
                  "Write a poem about {k} {t}.",
                  "Write {k} sentences about {x}.",
                  "Tell me {k} facts about {x}.",
                  "Name {k} famous people from {x}.",
                  "Give me {k} reasons to visit {x}.",
                  "List {k} books about {x}.",
                  "What are the {k} best films of {y}?",
                  "Write a story about {x} in {w} words.",
                  "Tell me a joke about {k} {t}.",
                  "When did {x} become famous? Was it in {y}?",
                  "How many people lived in {x} in {y}?",
                  "How far away is {x}?",
                  "How old is {n}?",
                  "How tall is {n}?",
                  "What was the price of {x} in {y}?",
                  "Explain the history of {x} since {y}.",
                  "Write a {w} word essay about {x}.",
                  "Write {k} lines of code that open a web page.",
                  "Translate these {k} words to Spanish.",
                  "Who wrote the best book of {y}?",
                  "Plan a trip of {k} days to {x}.",
                  "Tell me what happened in {x} in {y}.",
                  "Write a story about {k} {t}.",
                  "Name the {k} best books about {x}."),
              "The numbers are part of a question about the world. I do not know it. I say so.",
              List.of(
                  "I don't know. I am a small model trained on math problems, and I don't want to guess.",
                  "I can't answer that well. I am a small model trained on math problems."),
              "don't know|can't|cannot"),
          new Talk(
              "other-mathematics",
              Phrasings.of(
                  3,
                  "Is {a} a prime number?",
                  "Is {a} prime?",
                  "What is the square root of {a}?",
                  "What is {k}% of {a}?",
                  "What is {k} percent of {a}?",
                  "Calculate {k}% of {a}.",
                  "What is {a} squared?",
                  "What is {k} to the power of {k}?",
                  "Compute {k}^{k}.",
                  "What is the logarithm of {a}?",
                  "What is the sine of {a} degrees?",
                  "What is {k} factorial?",
                  "What is {k}!?",
                  "Find the prime factors of {a}.",
                  "What is the area of a circle with radius {k}?",
                  "Solve x^2 + {k}x = {a}.",
                  "Solve x^2 = {a}.",
                  "What is the derivative of x^{k}?",
                  "Integrate {k}x^2.",
                  "What is the probability of rolling a {k} with {k} dice?",
                  "Prove that there are more than {a} primes.",
                  "Convert {a} to binary.",
                  "Write {a} in Roman numerals.",
                  "How many digits of pi do you know? Tell me {k}.",
                  "Find the square root of {a}.",
                  "What are the prime factors of {a}?",
                  "Solve x^2 + {k} = {a}."),
              "This kind of math I was not trained on. I do not guess. I say so.",
              List.of(
                  "I can't solve that kind of problem. I can do arithmetic, fractions, linear equations, sequences, units, time and word problems.",
                  "I was not trained on that kind of math, so I can't solve it. I don't want to guess."),
              "can't"),
          new Talk(
              "memory",
              Phrasings.of(
                  1,
                  "What did I ask you yesterday?",
                  "Do you remember me?",
                  "What is my name?",
                  "Do you know who I am?",
                  "Do you know my name?"),
              "This needs memory of other chats. I have none. I say so.",
              List.of(
                  "I don't know. I don't remember other chats.",
                  "I can't remember other chats, so I don't know."),
              "don't|can't|cannot"));

  private static final List<String> THINGS =
      List.of(
          "France",
          "the moon",
          "gold",
          "cats",
          "Rome",
          "China",
          "the sea",
          "cars",
          "Peru",
          "dogs",
          "Paris",
          "the sun",
          "water",
          "music",
          "London",
          "Mars",
          "football",
          "trees",
          "Texas",
          "Germany",
          "Japan",
          "horses",
          "the war",
          "coffee",
          "Egypt",
          "chess",
          "Africa",
          "love");
  private static final List<String> ANIMALS =
      List.of("cats", "dogs", "horses", "birds", "friends", "ships", "kings", "children", "robots");
  private static final List<String> PEOPLE =
      List.of(
          "Ann",
          "Ben",
          "Mia",
          "Tom",
          "my boss",
          "my friend",
          "the president",
          "Einstein",
          "Napoleon");

  private SmallTalkFamily() {}

  static TaskFamily create() {
    return new DraftedFamily("small-talk", SmallTalkFamily::draft);
  }

  /// Talk has no operands: a drawn bucket stands for them, so that the wordings alone make the
  /// fence.
  private static Draft draft(int difficulty, RandomGenerator random) {
    Talk talk = Draws.one(TALKS, random);
    return new Draft(
        talk.name() + ":" + random.nextInt(BUCKETS),
        talk.phrasings(),
        Map.of(
            "x", Draws.one(THINGS, random),
            "t", Draws.one(ANIMALS, random),
            "n", Draws.one(PEOPLE, random),
            "y", random.nextInt(1500, 2030),
            "k", random.nextInt(2, 26),
            "w", random.nextInt(1, 21) * 50,
            "a", random.nextInt(2, 1000)),
        talk.pieces(),
        talk.thought(),
        Draws.one(talk.answers(), random),
        CONTAINS);
  }
}
