using Faultline.Explain.Stories;

namespace Faultline.Explain.Html;

/// <summary>Where the bars of a thread's locks stand: a column for each class, more where it holds several of a class at once.</summary>
internal sealed class LockColumns
{
    private readonly Dictionary<LockSpan, int> columns = [];

    public LockColumns(IEnumerable<LockSpan> ofThread, WordNames names)
    {
        var found = new List<(string Name, string Class)>();
        foreach (IGrouping<string, LockSpan> spans in ofThread.GroupBy(l => names.ClassOf(l.Word)).OrderBy(g => g.Min(l => l.Word)))
        {
            var free = new List<int>();
            foreach (LockSpan span in spans.OrderBy(s => s.From))
            {
                int column = free.FindIndex(until => until < span.From);
                if (column < 0)
                {
                    column = free.Count;
                    free.Add(0);
                }

                free[column] = span.To;
                columns[span] = found.Count + column;
            }

            List<string> locks = [.. spans.Select(s => names[s.Word]).Distinct()];
            found.AddRange(Enumerable.Repeat((locks.Count == 1 ? locks[0] : spans.Key, spans.Key), free.Count));
        }

        All = found;
    }

    /// <summary>The columns: the lock that has each, or the class of those that share it; and that class.</summary>
    public IReadOnlyList<(string Name, string Class)> All { get; }

    /// <summary>The column of a bar.</summary>
    public int ColumnOf(LockSpan span) => columns[span];
}
