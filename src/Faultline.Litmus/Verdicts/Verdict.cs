using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Verdicts;

/// <summary>How often the proposition of a test's condition holds.</summary>
public enum Observation
{
    /// <summary>In no outcome.</summary>
    Never,

    /// <summary>In some outcomes.</summary>
    Sometimes,

    /// <summary>In every outcome.</summary>
    Always,

    /// <summary>The search was not complete and what it saw decides nothing.</summary>
    Unknown,
}

/// <summary>Whether the condition, with its quantifier, is satisfied.</summary>
public enum Answer
{
    /// <summary>It is.</summary>
    Ok,

    /// <summary>It is not.</summary>
    No,

    /// <summary>The search was not complete and what it saw decides nothing.</summary>
    Incomplete,
}

/// <summary>A state at the end of a run.</summary>
/// <param name="Line">Its state line: <c>1:r0=1; A[0]=1;</c>.</param>
/// <param name="Count">How many outcomes have it.</param>
/// <param name="IsSatisfied">Whether the proposition holds in it.</param>
public sealed record OutcomeState(string Line, long Count, bool IsSatisfied);

/// <summary>What the exploration of a test found.</summary>
/// <param name="TestName">Name of the test.</param>
/// <param name="Quantifier">Quantifier of the condition.</param>
/// <param name="ConditionText">The condition as <see cref="Condition.Print"/> prints it, quantifier included.</param>
/// <param name="States">The states, each once.</param>
/// <param name="Positive">Outcomes in which the proposition holds, whatever the quantifier.</param>
/// <param name="Negative">Outcomes in which it does not.</param>
/// <param name="Time">Time taken.</param>
/// <param name="Hash">Hash of the test.</param>
/// <param name="IsComplete">Whether every outcome was seen.</param>
public sealed record Verdict(
    string TestName,
    Quantifier Quantifier,
    string ConditionText,
    IReadOnlyList<OutcomeState> States,
    long Positive,
    long Negative,
    TimeSpan Time,
    string Hash,
    bool IsComplete)
{
    /// <summary>How often the proposition holds. What was seen both ways is <see cref="Observation.Sometimes"/> for certain.</summary>
    public Observation Observation => (Positive, Negative) switch
    {
        ( > 0, > 0) => Observation.Sometimes,
        _ when !IsComplete => Observation.Unknown,
        (0, _) => Observation.Never,
        _ => Observation.Always,
    };

    /// <summary>Outcomes that show what the condition asks for: those with the proposition, or, for <see cref="Quantifier.Forall"/>, those without it.</summary>
    public long Shown => Quantifier == Quantifier.Forall ? Negative : Positive;

    /// <summary>Whether the condition is satisfied. One outcome may decide that, whether or not the search was complete.</summary>
    public Answer Answer => Quantifier switch
    {
        Quantifier.Exists => Decide(Positive > 0, decided: Answer.Ok, otherwise: Answer.No),
        Quantifier.NotExists => Decide(Positive > 0, decided: Answer.No, otherwise: Answer.Ok),
        _ => Decide(Negative > 0, decided: Answer.No, otherwise: Answer.Ok),
    };

    private Answer Decide(bool isDecided, Answer decided, Answer otherwise) =>
        isDecided ? decided : IsComplete ? otherwise : Answer.Incomplete;
}
