using System.Text;
using Faultline.Kernel.Programs;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;

namespace Faultline.Real.Conformance;

/// <summary>A litmus test of one thread: declarations and operations, in the language's own words.</summary>
/// <param name="Declarations">Such as <c>file f = [hole, block 7]</c> and <c>map A = mmap(f, shared, rw)</c>.</param>
/// <param name="Operations">Such as <c>A[0] = 1</c>.</param>
public sealed record Sequence(IReadOnlyList<string> Declarations, IReadOnlyList<string> Operations)
{
    private static readonly string[] Options = [", sync", ", huge"];

    /// <summary>The whole test.</summary>
    /// <param name="name">Its name.</param>
    public string ToLitmus(string name)
    {
        int width = Operations.Max(o => o.Length);
        var text = new StringBuilder($"DAX {name}\n{{\n");
        Declarations.ToList().ForEach(d => text.Append("  ").Append(d).Append(";\n"));
        text.Append("}\n ").Append("P0".PadRight(width)).Append(" ;\n");
        Operations.ToList().ForEach(o => text.Append(' ').Append(o.PadRight(width)).Append(" ;\n"));
        return text.Append("exists (true)\n").ToString();
    }

    /// <summary>The test compiled; null when the language refuses it, as a shortened test may be.</summary>
    /// <param name="name">Its name.</param>
    public UserProgram? Compile(string name)
    {
        ParseResult parsed = LitmusParser.Parse(name, ToLitmus(name));
        return parsed.IsSuccess && Compiler.Compile(parsed.Test, CompileLimits.Search).Program is { } program ? program with { WordsPerPage = 2 } : null;
    }

    /// <summary>Tests that are one part smaller, those without an operation first.</summary>
    public IEnumerable<Sequence> Smaller()
    {
        for (int i = Operations.Count - 1; i >= 0 && Operations.Count > 1; i--)
        {
            yield return this with { Operations = [.. Operations.Where((_, at) => at != i)] };
        }

        for (int i = 1; i < Declarations.Count && Declarations.Count > 2; i++)
        {
            yield return this with { Declarations = [.. Declarations.Where((_, at) => at != i)] };
        }

        for (int i = 1; i < Declarations.Count; i++)
        {
            foreach (string option in Options.Where(o => Declarations[i].Contains(o, StringComparison.Ordinal)))
            {
                yield return this with { Declarations = [.. Declarations.Select((d, at) => at == i ? d.Replace(option, "", StringComparison.Ordinal) : d)] };
            }
        }
    }
}
