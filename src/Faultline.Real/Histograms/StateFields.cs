namespace Faultline.Real.Histograms;

/// <summary>The fields of a state line: <c>1:r0=1; A[0]=1;</c>.</summary>
internal static class StateFields
{
    /// <summary>The fields: <c>1:r0=1</c>, <c>A[0]=1</c>.</summary>
    public static string[] Split(string line) => line.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The line of these fields.</summary>
    public static string Join(IEnumerable<string> fields) => string.Join(" ", fields.Select(f => f + ";"));
}
