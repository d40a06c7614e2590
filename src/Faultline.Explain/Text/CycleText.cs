using Faultline.Explain.Stories;

namespace Faultline.Explain.Text;

/// <summary>
/// A circle of lock classes in lockdep's form: the chain of dependencies, the newest last, and a scenario with a column for each CPU.
/// </summary>
internal static class CycleText
{
    private const string Arrow = " --> ";
    private const int StackIndent = 6;
    private const int FirstColumn = 2;
    private const int Stride = 24;
    private const int HeadingIndent = 5;

    /// <summary>The lines of the report.</summary>
    /// <param name="cycle">The circle.</param>
    /// <param name="width">Columns.</param>
    /// <param name="functionsAtMost">Of a longer stack the outermost functions are left out.</param>
    public static IEnumerable<string> Lines(CycleStory cycle, int width, int functionsAtMost = int.MaxValue)
    {
        foreach (string line in Wrap.Lines($"chain exists of: {string.Join(Arrow, cycle.Classes)}", width, 4))
        {
            yield return line;
        }

        for (int i = cycle.Edges.Count - 1; i >= 0; i--)
        {
            yield return "";
            foreach (string line in Edge(i, cycle.Edges[i], width, functionsAtMost))
            {
                yield return line;
            }
        }

        yield return "";
        foreach (string line in Scenario(cycle.Edges, width))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Edge(int number, CycleEdge edge, int width, int functionsAtMost)
    {
        string margin = new(' ', StackIndent);
        IEnumerable<string> stacks = edge is { Outer: { } outer, Inner: { } inner }
            ? StackGrid.Lines([outer, inner], width - StackIndent, functionsAtMost).Select(line => (margin + line).TrimEnd())
            : [];
        return Wrap.Lines($"-> #{number} {edge.Held}{Arrow}{edge.Taken}: {edge.Text}", width, StackIndent).Concat(stacks);
    }

    // Every CPU takes its first lock; then the last one, up to CPU0, asks for the first lock of the next.
    private static IEnumerable<string> Scenario(IReadOnlyList<CycleEdge> edges, int width)
    {
        List<string> held = [.. edges.Select(e => $"{(e.SharesHeld ? "rlock" : "lock")}({e.Held});")];
        List<string> taken = [.. edges.Select(e => $"{(e.SharesTaken ? "rlock" : "lock")}({e.Taken});")];
        int longest = held.Concat(taken).Max(cell => cell.Length);
        int room = (width - FirstColumn - longest) / (edges.Count - 1);
        int stride = Math.Min(Math.Max(Stride, longest + 2), room), indent = Math.Min(HeadingIndent, Math.Max(0, stride - 6));
        string At(int cpu, string text) => new string(' ', FirstColumn + (cpu * stride)) + text;
        string Heading(Func<int, string> name) =>
            Enumerable.Range(0, edges.Count).Aggregate("", (line, cpu) => line.PadRight(FirstColumn + indent + (cpu * stride)) + name(cpu));

        yield return " Possible unsafe locking scenario:";
        yield return "";
        yield return Heading(cpu => $"CPU{cpu}");
        yield return Heading(_ => "----");
        for (int cpu = 0; cpu < edges.Count; cpu++)
        {
            yield return At(cpu, held[cpu]);
        }

        for (int cpu = edges.Count - 1; cpu >= 0; cpu--)
        {
            yield return At(cpu, taken[cpu]);
        }

        yield return "";
        yield return " *** DEADLOCK ***";
    }
}
