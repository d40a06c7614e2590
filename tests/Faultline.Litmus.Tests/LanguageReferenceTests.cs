using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>docs/litmus-language.md: every example of an instruction and of a condition is one, and every example of an error is a message of the tests.</summary>
public sealed partial class LanguageReferenceTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Document = File.ReadAllText(Path.Combine(Root, "docs", "litmus-language.md"));

    public static TheoryData<string> Instructions => [.. Examples("## Instructions").Where(i => !i.StartsWith("repeat", StringComparison.Ordinal))];

    public static TheoryData<string> Atoms => [.. Atom().Matches(Section("## Condition")).SelectMany(Row)];

    public static TheoryData<string> Errors => [.. LastCell().Matches(Section("## Errors")).Select(m => m.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Instructions))]
    public void EachInstructionIsOne(string instruction)
    {
        if (instruction is "}" or "A[i] = 1")
        {
            Accepted("repeat 4 as i {", "A[i] = 1", "}");
            return;
        }

        Accepted(instruction);
    }

    [Theory]
    [MemberData(nameof(Atoms))]
    public void EachAtomIsOne(string atom) => Accepted(atom, ["r0 = A[0]"]);

    /// <summary>An error that no test provokes is not known to be one.</summary>
    [Theory]
    [MemberData(nameof(Errors))]
    public void EachErrorIsOneOfTheTests(string message)
    {
        string tests = string.Concat(Directory.GetFiles(Path.Combine(Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(File.ReadAllText));
        Assert.All(message.Split("...", StringSplitOptions.RemoveEmptyEntries), part => Assert.Contains(part.Trim(), tests));
    }

    /// <summary>Those that the reference shows and no other test of the language provokes in these very words.</summary>
    [Theory]
    [InlineData("file f = [hole * 4]; map A = mmap(f[1..3], shared, rw);", "r0 = A[0]", "true", "page 0 is not mapped by A; expected 1..3")]
    [InlineData("file f = [hole * 2]; map A = mmap(f, shared, rw, huge);", "r0 = A[0]", "true", "f has 2 pages; expected a file of at least 4 for 'huge'")]
    [InlineData("file f = [hole]; map A = mmap(f, shared, rw) in Q; map B = mmap(f, shared, rw); process Q = P1;", "r0 = A[0]", "true", "A is a mapping of process Q; P0 runs in main; expected one of: B")]
    [InlineData("file f = [hole]; map A = mmap(f, shared, rw);", "fork(P1) |;\n fork(P1)", "true", "P1 is forked already, on line 6; expected another thread")]
    [InlineData("file f = [hole]; map A = mmap(f, shared, rw);\n", "crash |;\n r0 = A[0]", "true", "nothing runs after crash, on line 7; expected no more instructions in P0")]
    [InlineData("file f = [hole]; map A = mmap(f, shared, rw);", "mlock(A)", "true", "mlock is not modelled yet; the operations are: ")]
    public void ErrorsOfTheReference(string setup, string instruction, string atom, string message)
    {
        string test = $"DAX example\n{{\n  {setup}\n}}\n P0 | P1 ;\n {instruction} | ;\nexists ({atom})\n";
        ParseResult parsed = LitmusParser.Parse("example.litmus", test);
        List<Diagnostic> wrong = [.. parsed.Diagnostics, .. parsed.IsSuccess ? Compiler.Compile(parsed.Test, CompileLimits.Search).Diagnostics : []];
        Assert.Contains(wrong, d => d.Message.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public void ThereAreManyOfEach() => Assert.True(Instructions.Count > 25 && Atoms.Count > 25 && Errors.Count > 15);

    private static void Accepted(params string[] instructions) => Accepted("true", instructions);

    private static void Accepted(string atom, string[] instructions)
    {
        bool forks = instructions.Any(i => i.StartsWith("fork", StringComparison.Ordinal)), crashes = instructions.Contains("crash") || atom.StartsWith("durable", StringComparison.Ordinal) || atom == "crashed";
        string second = forks ? "r0 = g[0]".Replace("g[0]", "A[0]", StringComparison.Ordinal) : "r0 = A[0]";
        List<string> rows = [.. instructions.Select((i, n) => $" {i} | {(n == 0 ? second : "")} ;")];
        if (crashes && !instructions.Contains("crash"))
        {
            rows.Add(" crash | ;");
        }

        string test = $$"""
            DAX example
            {
              file f = [block 1, block 2, block 3, block 4];
              file g = [block 5, block 6, block 7, block 8];
              map A = mmap(f, shared, rw);
            }
             P0 | P1 ;
            {{string.Join('\n', rows)}}
            exists ({{atom}})
            """;
        ParseResult parsed = LitmusParser.Parse("example.litmus", test);
        Assert.True(parsed.IsSuccess, $"{test}\n{string.Join('\n', parsed.Diagnostics)}");
        Assert.Empty(Compiler.Compile(parsed.Test!, CompileLimits.Search).Diagnostics);
        Assert.Empty(Checking.ModelNames.Validate(parsed.Test!));
    }

    // "`pte(A[0])=none`, `zero`": the second stands for pte(A[0])=zero.
    private static IEnumerable<string> Row(Match row)
    {
        string first = "";
        foreach (Match span in CodeSpan().Matches(row.Groups[1].Value))
        {
            string text = span.Groups[1].Value;
            bool whole = text.Contains('(') || text.Contains('[') || text.Contains('=') || first.Length == 0 || !first.Contains('=');
            first = whole && first.Length == 0 ? text : first;
            yield return whole ? text : first[..(first.IndexOf('=', StringComparison.Ordinal) + 1)] + text;
        }
    }

    private static IEnumerable<string> Examples(string heading) =>
        Atom().Matches(Section(heading)).SelectMany(row => CodeSpan().Matches(row.Groups[1].Value)).Select(m => m.Groups[1].Value);

    private static string Section(string heading)
    {
        int from = Document.IndexOf(heading + "\n", StringComparison.Ordinal), to = Document.IndexOf("\n## ", from + 1, StringComparison.Ordinal);
        return Document[from..(to < 0 ? Document.Length : to)];
    }

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex(@"^\| (`.*?) \|", RegexOptions.Multiline)]
    private static partial Regex Atom();

    [GeneratedRegex(@"\| `([^|]*)` \|$", RegexOptions.Multiline)]
    private static partial Regex LastCell();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();
}
