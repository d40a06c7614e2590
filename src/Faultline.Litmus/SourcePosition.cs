namespace Faultline.Litmus;

/// <summary>A place in a text file; both numbers are 1-based, columns count UTF-16 characters.</summary>
/// <param name="Line">Line.</param>
/// <param name="Column">Column.</param>
public readonly record struct SourcePosition(int Line, int Column) : IComparable<SourcePosition>
{
    /// <summary>The first character of a file.</summary>
    public static SourcePosition Start => new(1, 1);

    /// <inheritdoc/>
    public int CompareTo(SourcePosition other) => (Line, Column).CompareTo((other.Line, other.Column));

    /// <summary>Whether one position stands before another.</summary>
    public static bool operator <(SourcePosition left, SourcePosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether one position stands after another.</summary>
    public static bool operator >(SourcePosition left, SourcePosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether one position stands before another or is the same.</summary>
    public static bool operator <=(SourcePosition left, SourcePosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one position stands after another or is the same.</summary>
    public static bool operator >=(SourcePosition left, SourcePosition right) => left.CompareTo(right) >= 0;

    /// <summary>Prints <c>line:column</c>.</summary>
    public override string ToString() => $"{Line}:{Column}";
}
