using Faultline.Kernel.Programs;

namespace Faultline.Real.Force;

/// <summary>A forced schedule in words.</summary>
public static class ForceText
{
    /// <summary>The turns, one after another.</summary>
    public static IEnumerable<string> Plan(IReadOnlyList<Turn> turns, UserProgram program)
    {
        int number = 0;
        foreach (Turn turn in turns)
        {
            string thread = program.Threads[turn.Thread].Name;
            yield return $"{++number,4}. {thread} {End(turn)}";
            if (turn.End == TurnEnd.Stays)
            {
                yield return $"      (the model goes on to {turn.ModelAt}; no function begins or ends on the way)";
            }
            else if (turn.Hold is { IsExact: false })
            {
                yield return $"      (the model stands in {turn.ModelAt}; no function begins or ends there, this is the nearest before it)";
            }
            else if (turn.End == TurnEnd.BeforeInstruction && turn.ModelAt.Length > 0)
            {
                yield return $"      (the model stands in {turn.ModelAt})";
            }
        }
    }

    /// <summary>The table of ways to get there.</summary>
    public static IEnumerable<string> Rates(IReadOnlyList<StressRate> rates, int reproduced, int tries)
    {
        yield return $"{"way",-14} {"hits",8} {"rounds",10} {"rate",12}";
        foreach (StressRate rate in rates)
        {
            yield return $"{rate.Way,-14} {rate.Hits,8:N0} {rate.Rounds,10:N0} {(double)rate.Hits / Math.Max(rate.Rounds, 1),12:P3}  in {rate.Seconds:F0} s";
        }

        yield return $"{"forced",-14} {reproduced,8:N0} {tries,10:N0} {(double)reproduced / tries,12:P3}";
    }

    private static string End(Turn turn) => turn.End switch
    {
        TurnEnd.Done => "runs to its end",
        TurnEnd.BeforeInstruction => $"runs up to its instruction {turn.Instruction + 1}",
        TurnEnd.Waits => $"runs until it waits, in its instruction {turn.Instruction + 1}",
        TurnEnd.Stays => $"stays at {turn.Hold}, in its instruction {turn.Instruction + 1}",
        _ => $"is held at {turn.Hold}, in its instruction {turn.Instruction + 1}",
    };
}
