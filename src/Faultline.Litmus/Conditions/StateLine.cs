namespace Faultline.Litmus.Conditions;

/// <summary>herd's state lines.</summary>
public static class StateLine
{
    /// <summary>Prints the values of observables in an outcome: <c>1:r0=1; A[0]=1;</c>.</summary>
    /// <param name="observables">What to print, in this order.</param>
    /// <param name="outcome">The outcome.</param>
    public static string Print(IEnumerable<Observable> observables, IOutcome outcome) =>
        string.Join(" ", observables.Select(o => $"{o.LogName}={o.ValueText(o.Read(outcome))};"));
}
