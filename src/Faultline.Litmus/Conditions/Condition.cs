namespace Faultline.Litmus.Conditions;

/// <summary>Over which outcomes a condition speaks.</summary>
public enum Quantifier
{
    /// <summary>Some outcome satisfies the proposition.</summary>
    Exists,

    /// <summary>No outcome satisfies it.</summary>
    NotExists,

    /// <summary>Every outcome satisfies it.</summary>
    Forall,
}

/// <summary>The condition of a test.</summary>
/// <param name="Quantifier">Over which outcomes it speaks.</param>
/// <param name="Proposition">What it says of one outcome.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record Condition(Quantifier Quantifier, Proposition Proposition, SourcePosition Position)
{
    /// <summary>What the proposition observes, without duplicates, in the order of state lines.</summary>
    public IReadOnlyList<Observable> Observables => [.. Proposition.Atoms.Select(a => a.Observable).Distinct().Order(Observable.StateOrder)];

    /// <summary>Whether an outcome satisfies the proposition, whatever the quantifier.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="outcome">The outcome.</param>
    public static bool Evaluate(Condition condition, IOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(outcome);
        return condition.Proposition.Holds(outcome);
    }

    /// <summary>Does an outcome show what is asked for: one with the proposition, or, for <see cref="Quantifier.Forall"/>, one without it?</summary>
    /// <param name="outcome">The outcome.</param>
    public bool IsShownBy(IOutcome outcome) => Evaluate(this, outcome) != (Quantifier == Quantifier.Forall);

    /// <summary>Prints it as herd does: <c>exists (1:r0=1 /\ A[0]=1)</c>.</summary>
    public string Print()
    {
        string quantifier = Quantifier switch
        {
            Quantifier.Exists => "exists",
            Quantifier.NotExists => "~exists",
            _ => "forall",
        };
        return $"{quantifier} ({Proposition.Print()})";
    }

    /// <inheritdoc/>
    public override string ToString() => Print();
}
