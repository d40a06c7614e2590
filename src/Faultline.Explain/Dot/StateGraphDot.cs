using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Dot;

/// <summary>
/// The state graph of a small test for Graphviz: ends, the failure, the states from which every continuation fails, and the witness on it.
/// </summary>
public static class StateGraphDot
{
    /// <summary>States that are drawn at most: more are no picture.</summary>
    public const int MaxStates = 2_000;

    /// <summary>Writes the graph.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">The check.</param>
    /// <param name="finding">The failure, with its witness.</param>
    /// <returns>False, and nothing is written, when there are more than <see cref="MaxStates"/> states.</returns>
    public static bool Write(TextWriter writer, CheckResult result, Finding finding)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        if (SmallGraph.Of(result.Machine, Failure.Of(result, finding), MaxStates) is not { } graph)
        {
            return false;
        }

        IReadOnlySet<int> hopeful = graph.Hopeful();
        HashSet<int> path = OnTheWay(graph, finding.Witness);
        var names = new WordNames(result.Machine.Layout, result.Machine.Program);
        writer.Write($"// {finding.Name} in {result.Test.Name} on {result.Machine.Version.Name}, {ModelNames.Of(result.Machine.Filesystem)}: ");
        writer.Write($"{graph.States.Count} states. Red: from here every continuation fails. Green: an end. Bold: the witness.\n");
        writer.Write($"digraph \"{Escaped(result.Test.Name)}\" {{\n  node [shape=circle, label=\"\", width=0.15, style=filled, fillcolor=white];\n");
        writer.Write("  edge [arrowsize=0.5, fontsize=8];\n");
        for (int state = 0; state < graph.States.Count; state++)
        {
            writer.Write($"  s{state}{StateStyle(graph.States[state], state, hopeful.Contains(state))};\n");
        }

        for (int i = 0; i < graph.Steps.Count; i++)
        {
            GraphStep step = graph.Steps[i];
            string label = $"P{step.Move.Thread} {StepText.Of(step.Kind, result.Machine.Layout.NameOf(step.Word), names)}";
            string bold = path.Contains(i) ? $", label=\"{Escaped(label)}\", penwidth=2.5" : "";
            writer.Write($"  s{step.From} -> s{step.To} [tooltip=\"{Escaped(label)}\", color={(step.Fails ? "red" : "gray40")}{bold}];\n");
        }

        writer.Write("}\n");
        return true;
    }

    private static string StateStyle(GraphState state, int number, bool isHopeful) => (state, number, isHopeful) switch
    {
        ({ Fails: true }, _, _) => " [shape=octagon, width=0.25, fillcolor=red]",
        (_, 0, _) => " [shape=doublecircle, width=0.25]",
        ({ IsEnd: true }, _, _) => " [shape=square, fillcolor=green]",
        (_, _, false) => " [fillcolor=lightpink]",
        _ => "",
    };

    // Indexes of the witness's steps.
    private static HashSet<int> OnTheWay(SmallGraph graph, Witness? witness)
    {
        var steps = graph.Steps.Index().ToLookup(s => (s.Item.From, s.Item.Move), s => s.Index);
        var path = new HashSet<int>();
        int state = 0;
        foreach (Move move in witness?.Schedule.Moves ?? [])
        {
            if (!steps[(state, move)].Any())
            {
                break;
            }

            int step = steps[(state, move)].First();
            path.Add(step);
            state = graph.Steps[step].To;
        }

        return path;
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
