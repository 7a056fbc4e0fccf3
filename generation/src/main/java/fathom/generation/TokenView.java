package fathom.generation;

/// The token that listeners are shown; one object for all.
final class TokenView implements GeneratedToken {
  private final TokenReport report;
  private int index;
  private int id;
  private String text = "";
  private boolean last;

  TokenView(TokenReport report) {
    this.report = report;
  }

  TokenView show(int newIndex, int newId, String newText, boolean isLast) {
    index = newIndex;
    id = newId;
    text = newText;
    last = isLast;
    return this;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public boolean last() {
    return last;
  }

  @Override
  public float logProbability() {
    return report.logProbability();
  }

  @Override
  public int topCount() {
    return report.topCount();
  }

  @Override
  public int topId(int n) {
    return report.topId(n);
  }

  @Override
  public float topLogProbability(int n) {
    return report.topLogProbability(n);
  }
}
