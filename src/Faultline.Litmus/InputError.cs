namespace Faultline.Litmus;

/// <summary>Carries one error from where it is found to the statement that recovers from it; never leaves this assembly.</summary>
internal sealed class InputError : Exception
{
    public InputError(SourcePosition position, string message)
        : base(message) => Position = position;

    public SourcePosition Position { get; }

    /// <summary>The error only follows from one reported before (a name whose declaration failed).</summary>
    public bool IsConsequence { get; init; }

    /// <summary>Nothing after this error can be understood.</summary>
    public bool IsFatal { get; init; }
}
