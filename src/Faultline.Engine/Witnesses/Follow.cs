namespace Faultline.Engine.Witnesses;

/// <summary>Runs a schedule that may not fit the model, as far as it does.</summary>
public static class Follow
{
    /// <summary>Runs it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="moves">The schedule.</param>
    /// <param name="look">
    /// Is shown the first state and the one after each step; <see cref="Execution.Raised"/> says what went wrong on the way and in it. True:
    /// no step leads out of it.
    /// </param>
    /// <returns>How many steps were taken, and why not the next; null: all were.</returns>
    public static unsafe (int Steps, string? Stopped) Run(Model model, IReadOnlyList<Move> moves, Action<Execution, bool> look)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(moves);
        ArgumentNullException.ThrowIfNull(look);
        using var execution = new Execution(model);
        execution.Initialise();
        Check(execution, look);
        for (int i = 0; i < moves.Count; i++)
        {
            Move move = moves[i];
            int ways = move.Thread < model.Threads ? execution.Enabled(execution.Vector, move.Thread) : 0;
            if (move.Choice >= ways)
            {
                return (i, WhyNot(model, move, ways, i + 1));
            }

            execution.Run(move.Thread, move.Choice);
            Check(execution, look);
        }

        return (moves.Count, null);
    }

    private static string WhyNot(Model model, Move move, int ways, int step) =>
        move.Thread >= model.Threads ? $"step {step}: there is no P{move.Thread}"
        : ways == 0 ? $"step {step}: P{move.Thread} cannot go on here, it waits or is done"
        : $"step {step}: P{move.Thread} can go on in {(ways == 1 ? "one way" : $"{ways} ways")} here, the schedule takes the one with number {move.Choice}";

    private static unsafe void Check(Execution execution, Action<Execution, bool> look)
    {
        execution.Model.CheckState(execution);
        bool final = execution.IsFinal(execution.Vector);
        if (final)
        {
            execution.CheckFinal();
        }

        look(execution, final);
    }
}
