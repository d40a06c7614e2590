using System.Diagnostics.CodeAnalysis;
using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Compile;

/// <summary>A program, or why there is none.</summary>
/// <param name="Program">The program, or null.</param>
/// <param name="Diagnostics">The limits that the test exceeds, in the order of the text; none when there is a program.</param>
public sealed record CompileResult(UserProgram? Program, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether the test fits the limits.</summary>
    [MemberNotNullWhen(true, nameof(Program))]
    public bool IsSuccess => Program is not null;
}
