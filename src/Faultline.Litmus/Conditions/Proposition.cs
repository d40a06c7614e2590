namespace Faultline.Litmus.Conditions;

/// <summary>A proposition about one outcome.</summary>
public abstract record Proposition
{
    /// <summary>Its precedence when printed: a proposition in one of higher rank needs parentheses.</summary>
    private protected enum Rank
    {
        Or,
        And,
        Unary,
    }

    /// <summary>The atoms from left to right.</summary>
    public abstract IEnumerable<Atom> Atoms { get; }

    private protected virtual Rank OwnRank => Rank.Unary;

    /// <summary>Whether an outcome satisfies it.</summary>
    public abstract bool Holds(IOutcome outcome);

    /// <summary>Prints it in herd's style.</summary>
    public abstract string Print();

    /// <inheritdoc/>
    public sealed override string ToString() => Print();

    private protected static string Join(IEnumerable<Proposition> parts, Rank rank) =>
        string.Join(rank == Rank.And ? " /\\ " : " \\/ ", parts.Select(p => p.OwnRank < rank ? $"({p.Print()})" : p.Print()));
}

/// <summary>Always satisfied: <c>true</c>.</summary>
public sealed record True : Proposition
{
    /// <inheritdoc/>
    public override IEnumerable<Atom> Atoms => [];

    /// <inheritdoc/>
    public override bool Holds(IOutcome outcome) => true;

    /// <inheritdoc/>
    public override string Print() => "true";
}

/// <summary>Compares an observable with a value; a flag is compared with 1 and printed alone.</summary>
/// <param name="Observable">What is observed.</param>
/// <param name="IsEqual"><c>=</c> when true, else <c>!=</c>.</param>
/// <param name="Value">The value.</param>
/// <param name="Position">Where the atom starts in the text.</param>
public sealed record Atom(Observable Observable, bool IsEqual, int Value, SourcePosition Position) : Proposition
{
    /// <inheritdoc/>
    public override IEnumerable<Atom> Atoms => [this];

    /// <inheritdoc/>
    public override bool Holds(IOutcome outcome) => (Observable.Read(outcome) == Value) == IsEqual;

    /// <inheritdoc/>
    public override string Print() =>
        Observable.IsFlag ? Observable.Name : $"{Observable.Name}{(IsEqual ? "=" : "!=")}{Observable.ValueText(Value)}";
}

/// <summary>Satisfied when its operand is not.</summary>
/// <param name="Operand">The operand.</param>
public sealed record Not(Proposition Operand) : Proposition
{
    /// <inheritdoc/>
    public override IEnumerable<Atom> Atoms => Operand.Atoms;

    /// <inheritdoc/>
    public override bool Holds(IOutcome outcome) => !Operand.Holds(outcome);

    /// <inheritdoc/>
    public override string Print() => $"not ({Operand.Print()})";
}

/// <summary>Satisfied when all operands are.</summary>
/// <param name="Operands">Two or more propositions.</param>
public sealed record And(IReadOnlyList<Proposition> Operands) : Proposition
{
    /// <inheritdoc/>
    public override IEnumerable<Atom> Atoms => Operands.SelectMany(o => o.Atoms);

    private protected override Rank OwnRank => Rank.And;

    /// <inheritdoc/>
    public override bool Holds(IOutcome outcome) => Operands.All(o => o.Holds(outcome));

    /// <inheritdoc/>
    public override string Print() => Join(Operands, Rank.And);
}

/// <summary>Satisfied when one operand is.</summary>
/// <param name="Operands">Two or more propositions.</param>
public sealed record Or(IReadOnlyList<Proposition> Operands) : Proposition
{
    /// <inheritdoc/>
    public override IEnumerable<Atom> Atoms => Operands.SelectMany(o => o.Atoms);

    private protected override Rank OwnRank => Rank.Or;

    /// <inheritdoc/>
    public override bool Holds(IOutcome outcome) => Operands.Any(o => o.Holds(outcome));

    /// <inheritdoc/>
    public override string Print() => Join(Operands, Rank.Or);
}
