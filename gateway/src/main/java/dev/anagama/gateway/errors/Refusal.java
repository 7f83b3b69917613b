package dev.anagama.gateway.errors;

import java.util.List;
import java.util.stream.Collectors;

/** A request that is not done, by kind. Each kind has one HTTP status and one gRPC status. */
public sealed interface Refusal {
  /** The kinds, for mapping them. */
  enum Category {
    /** The request itself is wrong; sending it again will not help. */
    INVALID,
    /** What was asked for is not here. */
    NOT_FOUND,
    /** What was asked for was here and will not come back. */
    GONE,
    /** The resource is here and does not take this method. */
    WRONG_METHOD,
    /** The id belongs to another request. */
    CONFLICT,
    /** The job has not come to the state that the request needs. */
    NOT_YET,
    /** The job has ended, so the request comes too late. */
    ENDED,
    /** The request is larger than is read. */
    TOO_LARGE,
    /** The request is in a form that is not read. */
    WRONG_MEDIA_TYPE,
    /** A limit is reached; the same request may be taken later. */
    OVER_CAPACITY,
    /** Something that the gateway needs is not there; the same request may be taken later. */
    UNAVAILABLE,
    /** A defect in the gateway. */
    DEFECT
  }

  /** Its kind. */
  Category category();

  /** What was wrong, the value seen and what is allowed, in a sentence or two. */
  String detail();

  /**
   * The request can not be understood or asks for what is not offered.
   *
   * @param problems every field that is wrong; empty when the request could not be read at all
   */
  record Invalid(String detail, List<FieldProblem> problems) implements Refusal {
    /** Keeps its own copy of the problems. */
    public Invalid {
      problems = List.copyOf(problems);
    }

    /** Fields that are wrong; there is at least one. */
    public static Invalid fields(List<FieldProblem> problems) {
      return new Invalid(
          problems.stream().map(FieldProblem::sentence).collect(Collectors.joining(". ")),
          problems);
    }

    /** One field that is wrong. */
    public static Invalid field(String field, String value, String allowed) {
      return fields(List.of(new FieldProblem(field, value, allowed)));
    }

    @Override
    public Category category() {
      return Category.INVALID;
    }
  }

  /** What was asked for is not here. */
  record NotFound(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.NOT_FOUND;
    }
  }

  /** What was asked for was here and will not come back. */
  record Gone(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.GONE;
    }
  }

  /**
   * The resource is here and does not take this method.
   *
   * @param allowed methods that it takes
   */
  record WrongMethod(String detail, List<String> allowed) implements Refusal {
    /** Keeps its own copy of the methods. */
    public WrongMethod {
      allowed = List.copyOf(allowed);
    }

    @Override
    public Category category() {
      return Category.WRONG_METHOD;
    }
  }

  /** The id belongs to another request. */
  record Conflict(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.CONFLICT;
    }
  }

  /** The job has not come to the state that the request needs. */
  record NotYet(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.NOT_YET;
    }
  }

  /** The job has ended, so the request comes too late. */
  record Ended(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.ENDED;
    }
  }

  /** The request is larger than is read. */
  record TooLarge(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.TOO_LARGE;
    }
  }

  /** The request is in a form that is not read. */
  record WrongMediaType(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.WRONG_MEDIA_TYPE;
    }
  }

  /**
   * A limit is reached.
   *
   * @param retryAfterSeconds when to try again, at least 1
   */
  record OverCapacity(String detail, int retryAfterSeconds) implements Refusal {
    @Override
    public Category category() {
      return Category.OVER_CAPACITY;
    }
  }

  /**
   * Something that the gateway needs is not there.
   *
   * @param retryAfterSeconds when to try again, at least 1
   */
  record Unavailable(String detail, int retryAfterSeconds) implements Refusal {
    @Override
    public Category category() {
      return Category.UNAVAILABLE;
    }
  }

  /** A defect; the detail tells the caller where to look and nothing of the inside. */
  record Defect(String detail) implements Refusal {
    @Override
    public Category category() {
      return Category.DEFECT;
    }
  }
}
