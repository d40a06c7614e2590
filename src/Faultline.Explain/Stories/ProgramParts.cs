namespace Faultline.Explain.Stories;

/// <summary>Declarations and threads of a printed litmus test.</summary>
internal static class ProgramParts
{
    /// <summary>The lines between the braces, without them.</summary>
    public static List<string> Setup(IReadOnlyList<string> program) =>
        [.. program.SkipWhile(l => l.Trim() != "{").Skip(1).TakeWhile(l => l.Trim() != "}").Select(l => l.Trim())];

    /// <summary>The columns below the threads' names, without empty cells.</summary>
    public static List<IReadOnlyList<string>> Code(IReadOnlyList<string> program, int threads)
    {
        List<string[]> rows = [.. program.SkipWhile(l => l.Trim() != "}").Skip(1)
            .TakeWhile(l => l.TrimEnd().EndsWith(';'))
            .Skip(1)
            .Select(l => l.TrimEnd()[..^1].Split('|', StringSplitOptions.TrimEntries))];
        return [.. Enumerable.Range(0, threads).Select(
            t => (IReadOnlyList<string>)[.. rows.Where(r => t < r.Length && r[t].Length > 0).Select(r => r[t])])];
    }
}
