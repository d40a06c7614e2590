namespace Faultline.Kernel.Programs;

/// <summary>Where each of several runs starts when they are numbered through.</summary>
internal static class PrefixSums
{
    /// <summary>Starts with 0 and ends with the sum: one value more than there are counts.</summary>
    public static int[] Of(IEnumerable<int> counts)
    {
        var sums = new List<int> { 0 };
        foreach (int count in counts)
        {
            sums.Add(sums[^1] + count);
        }

        return [.. sums];
    }

    /// <summary>Where each mapping's pages start among all mapped pages.</summary>
    public static int[] OfMappedPages(UserProgram program) => Of(program.Maps.Select(m => program.Files[m.File].Pages.Count));
}
