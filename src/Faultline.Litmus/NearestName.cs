namespace Faultline.Litmus;

/// <summary>Finds the name that the user most likely meant.</summary>
public static class NearestName
{
    private const int LongestName = 64;

    /// <summary>
    /// Returns the candidate nearest to <paramref name="name"/>, or null when none is near: one edit in three characters,
    /// at most three. Of equally near candidates the first wins.
    /// </summary>
    /// <param name="name">What the user typed.</param>
    /// <param name="candidates">The names there are.</param>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        if (name.Length > LongestName)
        {
            return null;
        }

        string? nearest = null;
        int bound = Math.Clamp((name.Length + 1) / 3, 1, 3) + 1;
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) >= bound || candidate.Length > LongestName)
            {
                continue;
            }

            int distance = Distance(name, candidate);
            if (distance < bound && distance < Math.Max(name.Length, candidate.Length))
            {
                (nearest, bound) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary>Returns <c>; did you mean 'NAME'?</c>, or nothing when no candidate is near.</summary>
    /// <param name="name">What the user typed.</param>
    /// <param name="candidates">The names there are.</param>
    public static string Hint(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    /// <summary>
    /// Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of neighbours.
    /// </summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other name.</param>
    public static int Distance(string left, string right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        int[] beforeLast = new int[right.Length + 1];
        int[] last = [.. Enumerable.Range(0, right.Length + 1)];
        int[] row = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitution = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(substitution, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[right.Length];
    }
}
