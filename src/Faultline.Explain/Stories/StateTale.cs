using Faultline.Engine.State;
using Faultline.Kernel.Programs;

namespace Faultline.Explain.Stories;

/// <summary>Page table, mapping entries, block map and page contents at the two ends of a schedule, or up to where power fails.</summary>
internal static class StateTale
{
    public static List<StateRow> Of(Tape tape, UserProgram program)
    {
        int[] before = tape.WordsAfter(0), after = tape.WordsAfter(tape.LastAlive);
        WordNames names = tape.Names;
        var rows = new List<StateRow>();
        foreach (WordRole role in (WordRole[])[WordRole.Pmd, WordRole.Pte, WordRole.Entry, WordRole.Extent])
        {
            foreach (int word in names.Ranges(role).SelectMany(r => Enumerable.Range(r.Start, r.Count)))
            {
                rows.Add(new StateRow(names[word], names.Print(word, before[word]), names.Print(word, after[word])));
            }
        }

        WordRange sizes = names.Range("size")!;
        foreach (int word in Enumerable.Range(sizes.Start, sizes.Count).Where(w => before[w] != after[w]))
        {
            rows.Add(new StateRow(names[word], $"{before[word]}", $"{after[word]}"));
        }

        WordRange? blocks = names.Range("block_state");
        AddPages(
            rows, names.Range("block"), "block", program.WordsPerPage, before, after,
            block => IsInUse(before[blocks!.Start + block]) || IsInUse(after[blocks.Start + block]));
        WordRange? state = names.Range("anon_state");
        AddPages(
            rows,
            names.Range("anon"),
            "anon",
            program.WordsPerPage,
            before,
            after,
            page => before[state!.Start + page] != 0 || after[state.Start + page] != 0);
        return rows;
    }

    private static void AddPages(
        List<StateRow> rows, WordRange? range, string name, int wordsPerPage, int[] before, int[] after, Func<int, bool> exists)
    {
        for (int page = 0; range is not null && page < range.Count / wordsPerPage; page++)
        {
            if (exists(page))
            {
                int first = range.Start + (page * wordsPerPage);
                rows.Add(new StateRow($"{name} {page}", Contents(before, first, wordsPerPage), Contents(after, first, wordsPerPage)));
            }
        }
    }

    private static string Contents(int[] words, int first, int count) => string.Join(' ', words.Skip(first).Take(count));

    // A block's state: how many extents have it, and above that whether it was ever in use.
    private static bool IsInUse(int state) => (state & 0xff) != 0;
}
