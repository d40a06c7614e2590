using System.Globalization;

namespace Faultline.Explain.Text;

/// <summary>Numbers as reports print them.</summary>
public static class Numbers
{
    /// <summary>With commas: <c>1,234</c>.</summary>
    public static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Of things: <c>1 test</c>, <c>1,234 tests</c>.</summary>
    public static string Number(long n, string thing) => $"{Number(n)} {thing}{(n == 1 ? "" : "s")}";
}
