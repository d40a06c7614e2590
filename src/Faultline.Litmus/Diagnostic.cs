namespace Faultline.Litmus;

/// <summary>What is wrong with an input file, where, and what was expected there.</summary>
/// <param name="File">Path of the file, as the user gave it.</param>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column in UTF-16 characters.</param>
/// <param name="Message">What is wrong and what was expected.</param>
public sealed record Diagnostic(string File, int Line, int Column, string Message)
{
    /// <summary>Prints <c>file:line:column: message</c>, as compilers do.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}
