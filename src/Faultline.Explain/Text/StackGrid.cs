using Faultline.Explain.Stories;

namespace Faultline.Explain.Text;

/// <summary>Call stacks side by side, as many as the width takes.</summary>
internal static class StackGrid
{
    private const int Narrowest = 30;
    private const int Gap = 3;
    private const int FileColumn = 22;

    /// <summary>The lines of all stacks.</summary>
    /// <param name="stacks">The stacks.</param>
    /// <param name="width">Columns.</param>
    /// <param name="functionsAtMost">Of a longer stack the outermost functions are left out.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<StackTrace> stacks, int width, int functionsAtMost = int.MaxValue)
    {
        int needed = stacks.SelectMany(s => s.Functions).Select(f => f.Length + 2).Append(Narrowest).Max();
        int across = Math.Max(1, Math.Min(stacks.Count, (width + Gap) / (needed + Gap)));
        int column = ((width + Gap) / across) - Gap;
        bool first = true;
        foreach (StackTrace[] row in stacks.Chunk(across))
        {
            if (!first)
            {
                yield return "";
            }

            first = false;
            var parts = row.Select(s => Parts(s, column, functionsAtMost)).ToList();
            for (int part = 0; part < parts[0].Length; part++)
            {
                int height = parts.Max(p => p[part].Count);
                for (int line = 0; line < height; line++)
                {
                    yield return string.Join(
                        new string(' ', Gap),
                        parts.Select(p => (line < p[part].Count ? p[part][line] : "").PadRight(column))).TrimEnd();
                }
            }
        }
    }

    // Title, remark, functions and locks: each starts on the same line in all columns but the locks, which follow their stack.
    private static List<string>[] Parts(StackTrace stack, int width, int functionsAtMost)
    {
        var calls = new List<string>();
        bool shortened = stack.Functions.Count > functionsAtMost;
        calls.AddRange(stack.Functions.Take(shortened ? functionsAtMost - 1 : functionsAtMost).Select((f, i) => Call(stack, f, i, width)));
        if (shortened)
        {
            calls.Add($"  ... {stack.Functions.Count - functionsAtMost + 1} more");
        }

        if (stack.Instruction.Length > 0)
        {
            calls.Add($"  user: {stack.Instruction}");
        }

        if (stack.Held.Count > 0)
        {
            calls.AddRange(Wrap.Lines($"  holds {string.Join(", ", stack.Held)}", width, 4));
        }

        return [Wrap.Lines(stack.Title, width, 2), stack.Remark.Length == 0 ? [] : Wrap.Lines($"  {stack.Remark}", width, 2), calls];
    }

    // The function, and its file in a column of its own where there is room.
    private static string Call(StackTrace stack, string function, int index, int width)
    {
        string file = stack.Files is { } files && index < files.Count ? files[index] : "";
        int at = Math.Min(stack.Functions.Max(f => f.Length), FileColumn) + 4;
        string aligned = $"  {function}".PadRight(at) + file, close = $"  {function} {file}";
        return file.Length == 0 ? $"  {function}"
            : at > function.Length + 2 && aligned.Length <= width ? aligned
            : close.Length <= width ? close
            : $"  {function}";
    }
}
