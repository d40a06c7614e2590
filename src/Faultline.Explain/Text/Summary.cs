using System.Globalization;
using Faultline.Engine.Search;
using Faultline.Explain.Stories;
using Faultline.Litmus.Checking;
using static Faultline.Explain.Text.Numbers;

namespace Faultline.Explain.Text;

/// <summary>What <c>check</c> prints below herd's verdict block: what was searched, and each finding in few lines.</summary>
public static class Summary
{
    private const int FunctionsAtMost = 12;
    private const double Negligible = 1e-9;

    /// <summary>Writes the summary of a check.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">The check.</param>
    public static void Write(TextWriter writer, CheckResult result) => Write(writer, result, TextOptions.Default);

    /// <summary>Writes the summary of a check.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">The check.</param>
    /// <param name="options">Layout.</param>
    public static void Write(TextWriter writer, CheckResult result, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(options);
        int width = Math.Max(TextOptions.MinWidth, options.Width);
        WriteAll(writer, Incomplete(result), width);
        foreach (string line in Statistics(result))
        {
            WriteAll(writer, [line], width);
        }

        foreach (Finding finding in result.Findings)
        {
            WriteFinding(writer, result, finding, width);
        }
    }

    internal static IEnumerable<string> Incomplete(CheckResult result)
    {
        if (result.Search is { Complete: false, Coverage: { } coverage })
        {
            foreach (string line in CoverageText.Warning(result.Search, coverage))
            {
                yield return line;
            }
        }
        else if (!result.Search.Complete)
        {
            yield return $"*** NOT A PROOF: the search is not complete, it was stopped by {result.Search.StoppedBy ?? "a bound"}. ***";
            yield return "*** What is not listed may still happen: states that were not reached were not checked. ***";
        }

        if (result.ReferenceOutcomes is null)
        {
            yield return "*** NOT A PROOF: outcomes were not compared, the atomic reference met a bound. ***";
        }
    }

    internal static IEnumerable<string> Statistics(CheckResult result)
    {
        SearchResult search = result.Search;
        string seconds = search.Elapsed.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture);
        if (result.SameAs is { } other)
        {
            yield return $"Same as {other}: this version agrees with it on every behaviour that its search asked for, and is not searched again";
        }

        yield return CoverageText.Numbers(search) ?? $"Searched {Number(search.States)} states, {Number(search.Transitions)} transitions, "
            + $"{Number(search.EndStates)} end states, depth {Number(search.MaxDepth)}, in {seconds} s";
        if (search.IsReduced)
        {
            yield return "Reduced: interleavings that cannot differ were left out (persistent sets); "
                + (search.Passes == 1 ? "1 pass" : $"{Number(search.Passes)} passes, {Number(search.StatesOfAllPasses ?? search.States)} states in all of them");
        }

        if (search.StatesStoodFor is { } all)
        {
            IEnumerable<string> groups = result.Machine.Interchangeable.Select(g => All([.. g.Select(t => result.Machine.Program.Threads[t].Name)]));
            yield return $"Interchanged: {string.Join(", and ", groups)} have equal programs; the states stand for {Number(all)}, "
                + "those that differ only by which of them is which";
        }

        if (search.MetMaxMemory)
        {
            yield return "Memory: with more of it (--max-memory), or by --strategy bitstate, which proves nothing, the search can go further";
        }

        yield return Collision(search.CollisionProbability);
        if (search is { Complete: true, Livelocked: null })
        {
            yield return $"Livelocks: not looked for, more than {Number(StateGraph.MaxEdges)} transitions to keep";
        }

        if (result.ReferenceOutcomes is { } outcomes)
        {
            yield return outcomes == 1
                ? "Refinement: every end was held against the one outcome of the atomic reference"
                : $"Refinement: every end was held against the {Number(outcomes)} outcomes of the atomic reference";
        }
    }

    private static string All(string[] names) => $"{string.Join(", ", names[..^1])} and {names[^1]}";

    private static string Collision(double probability)
    {
        string bound = RoundedUp(probability);
        return probability < Negligible
            ? $"Hash collisions: negligible, a state was hidden with probability below {bound}"
            : $"Hash collisions: a state may have been hidden, with probability up to {bound}";
    }

    // A bound may be rounded up, never down.
    private static string RoundedUp(double bound)
    {
        if (bound <= 0)
        {
            return "0";
        }

        double unit = Math.Pow(10, Math.Floor(Math.Log10(bound)) - 1);
        return (Math.Ceiling(bound / unit) * unit).ToString("0.0e+0", CultureInfo.InvariantCulture);
    }

    private static void WriteFinding(TextWriter writer, CheckResult result, Finding finding, int width)
    {
        writer.Write('\n');
        Story story = StoryBuilder.Build(result, finding);
        WriteAll(writer, [story.Headline], width);
        if (story.Cycle is { } cycle)
        {
            WriteIndented(writer, CycleText.Lines(cycle, width - 2, FunctionsAtMost));
        }

        if (story.Run is not { } run)
        {
            WriteAll(writer, ["  no schedule: none was asked for, or the search for the shortest met its bound"], width);
            return;
        }

        if (story.Cycle is null)
        {
            writer.Write($"  {TextRenderer.Numbers(run)}\n");
            WriteIndented(writer, StackGrid.Lines(Telling(run), width - 2, FunctionsAtMost));
        }

        if (run.Outcome is { } outcome)
        {
            WriteAll(writer, outcome.Impossible.Select(line => $"  {line}"), width);
        }

        if (finding.Violation is null && run.End.Any(v => !v.IsAbsentSignal))
        {
            WriteAll(writer, [$"  ends with {string.Join(' ', run.End.Where(v => !v.IsAbsentSignal).Select(v => $"{v};"))}"], width);
        }

        WriteAll(writer, [$"  faultline explain {result.Test.Path} --kernel {story.Kernel} --fs {story.Filesystem} --violation {Quoted(story.Finding)}{CoverageText.Options(result.Search.Coverage)}"], int.MaxValue);
    }

    // Where it happened and who was there before; for a hang where everybody stands. Locks are left to the explanation.
    private static List<StackTrace> Telling(StoryRun run)
    {
        bool hangs = run.Waits.Count > 0;
        IEnumerable<StackTrace> stacks = hangs ? [.. run.Standing.Where(s => s.Functions.Count > 0), .. run.Stacks] : run.Stacks;
        return [.. stacks.Take(3).Select(s => s with { Held = [] })];
    }

    internal static string Quoted(string word) => word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') ? word : $"'{word}'";

    private static void WriteIndented(TextWriter writer, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            writer.Write($"  {line}".TrimEnd() + "\n");
        }
    }

    private static void WriteAll(TextWriter writer, IEnumerable<string> texts, int width)
    {
        foreach (string line in texts.SelectMany(text => Wrap.Lines(text, width, 4)))
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }
}
