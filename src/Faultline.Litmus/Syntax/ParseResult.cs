using System.Diagnostics.CodeAnalysis;

namespace Faultline.Litmus.Syntax;

/// <summary>A test, or why there is none.</summary>
/// <param name="Test">The test, or null.</param>
/// <param name="Diagnostics">The errors in the order of the text; none when there is a test.</param>
public sealed record ParseResult(LitmusTest? Test, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether the text is a litmus test.</summary>
    [MemberNotNullWhen(true, nameof(Test))]
    public bool IsSuccess => Test is not null;
}
