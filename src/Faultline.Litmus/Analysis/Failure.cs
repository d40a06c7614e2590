using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Analysis;

/// <summary>What counts as the failure that a finding is about.</summary>
public static class Failure
{
    /// <summary>The failure, on the machine that was searched.</summary>
    /// <param name="result">The check.</param>
    /// <param name="finding">The finding.</param>
    public static WitnessTarget Of(CheckResult result, Finding finding) => finding.Violation switch
    {
        { Kind: ViolationKind.Livelock } => (e, _) => result.Search.IsLivelocked(e),
        { } violation => (e, _) => e.Raised.Contains(violation),
        null => OfCondition(result.Test, result.Machine),
    };

    /// <summary>An end that shows what the condition asks for (of <c>forall</c>: a counterexample), on any machine that runs the test.</summary>
    public static WitnessTarget OfCondition(LitmusTest test, Machine machine) => (e, final) => final && Checker.Shows(test, machine, e);
}
