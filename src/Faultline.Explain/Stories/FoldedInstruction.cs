using Faultline.Engine.Witnesses;

namespace Faultline.Explain.Stories;

/// <summary>An undisturbed instruction in few lines: its accesses, and each word's first and last value.</summary>
internal static class FoldedInstruction
{
    public static IEnumerable<TimelineCell> Cells(
        Tape tape, Dependences dependences, IReadOnlyList<ToldStep> told, int thread, int first, int last)
    {
        if (LabelOf(told[first].Items.FirstOrDefault()?.Node ?? told[first].Last) is { Length: > 0 } label)
        {
            yield return new TimelineCell(tape.Steps[first].Number, thread, 0, CellKind.User, label);
        }

        ILookup<int, StepEvent> writes = Enumerable.Range(first, last - first + 1)
            .SelectMany(step => tape.Steps[step].Events)
            .Where(e => e.Kind == EventKind.Write)
            .ToLookup(e => e.Word);
        var toldChanges = Enumerable.Range(first, last - first + 1).SelectMany(step => told[step].Items).Where(i => i.Kind == CellKind.Change).ToList();
        for (int step = first; step <= last; step++)
        {
            int number = tape.Steps[step].Number;
            foreach (Item item in told[step].Items)
            {
                if (item.Kind is CellKind.User or CellKind.Violation or CellKind.Wait)
                {
                    int indent = item.Kind == CellKind.User && item.Node?.Named is null ? 0 : 1;
                    yield return new TimelineCell(number, thread, indent, item.Kind, item.Text);
                }
                else if (item.Kind == CellKind.Change && ReferenceEquals(item, toldChanges.FindLast(i => i.Word == item.Word)))
                {
                    string from = writes[item.Word].First().Before, to = writes[item.Word].Last().After;
                    string where = item.Node?.Named is { } function ? $" ({function.Function})" : "";
                    if (from != to)
                    {
                        string name = tape.Names[item.Word];
                        yield return new TimelineCell(
                            number, thread, 1, CellKind.Change, $"{name}: {from} -> {to}{where}", "", name, dependences.Of(step, item.Word));
                    }
                }
            }
        }
    }

    private static string LabelOf(CallNode? node)
    {
        while (node is not null && node.Label.Length == 0)
        {
            node = node.Parent;
        }

        return node?.Label ?? "";
    }
}
