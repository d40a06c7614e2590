namespace Faultline.Bench;

/// <summary>The middle one of several measurements.</summary>
internal static class Medians
{
    /// <summary>The median; of an even number the upper one.</summary>
    public static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
